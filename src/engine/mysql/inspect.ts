/** What stands in a database, as far as migrations need to know. */

import type { ColumnType, Statement } from '../../drivers/driver.ts'
import type { Inspector, StoredColumn, StoredIndex, StoredReference } from '../migrate/inspect.ts'
import { ask, type Work } from '../work.ts'
import { foldedName } from './folding.ts'
import { type MysqlServer, mysql } from './server.ts'

export const look = (sql: string, columns: readonly ColumnType[]): Statement => ({ sql, columns, once: true })

const tableNamesOf = look(
  `SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY table_name`,
  ['text'],
)

const engineVersionOf = look(`SELECT "value" FROM main."_dbal_meta" WHERE "key" = 'engine'`, ['text'])

// Each look names its table itself: for a join over these views the server reads every table that there is.
const columnsOf = look(
  `SELECT column_name,
  CASE WHEN data_type IN ('varchar', 'longtext') THEN 'text' WHEN data_type IN ('varbinary', 'longblob') THEN 'bytes' ELSE data_type END,
  is_nullable = 'NO', column_default IS NOT NULL AND column_default <> 'NULL'
FROM information_schema.columns WHERE table_schema = database() AND table_name = ? ORDER BY ordinal_position`,
  ['text', 'text', 'boolean', 'boolean'],
)

/** @param column what an index has at a place, or the expression */
const indexesBy = (column: string): Statement =>
  look(
    `SELECT index_name, non_unique = 0, CASE WHEN column_name LIKE '%~folded' THEN substr(column_name, 1, char_length(column_name) - 7) ELSE ${column} END
FROM information_schema.statistics WHERE table_schema = database() AND table_name = ? ORDER BY index_name, seq_in_index`,
    ['text', 'boolean', 'text'],
  )

/** How a unique index of MySQL's has a text that is too long for it; MariaDB does so by itself and tells the column. */
const hashed = /^sha2\(`((?:[^`]|``)*?)(?:~folded)?`,\s*256\)$/

const referencesOf = look(
  `SELECT constraint_name, column_name, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage
WHERE table_schema = database() AND table_name = ? AND referenced_table_name IS NOT NULL`,
  ['text', 'text', 'text', 'text'],
)

const actionsOf = look(
  `SELECT constraint_name, delete_rule, update_rule FROM information_schema.referential_constraints WHERE constraint_schema = database() AND table_name = ?`,
  ['text', 'text', 'text'],
)

/** Those that triggers keep say so at their beginning. */
const keptByTriggers = look(
  `SELECT substr(action_statement, locate('[', action_statement), locate(']', action_statement) - locate('[', action_statement) + 1)
FROM information_schema.triggers WHERE trigger_schema = database() AND event_object_table = ? AND action_statement LIKE 'BEGIN /*["_dbal_reference"%'`,
  ['text'],
)

/** How triggers begin that stand beside a foreign key of the database's own. */
export const guarding = '_dbal_guard'

const guardsOf = look(
  `SELECT EXISTS (SELECT 1 FROM information_schema.triggers WHERE trigger_schema = database() AND event_object_table = ? AND action_statement LIKE 'BEGIN /*${guarding}*/%')`,
  ['boolean'],
)

export const ownTrigger = '^_dbal_[0-9a-f]{16}_[iudk]$'

const triggerTexts = look(
  `SELECT concat('CREATE TRIGGER IF NOT EXISTS "', replace(trigger_name, '"', '""'), '" ', action_timing, ' ', event_manipulation, ' ON "',
  replace(event_object_table, '"', '""'), '" FOR EACH ROW ', action_statement)
FROM information_schema.triggers WHERE trigger_schema = database() AND event_object_table = ? AND trigger_name NOT REGEXP '${ownTrigger}'
ORDER BY action_timing, event_manipulation, action_order`,
  ['text'],
)

/** The name of every primary key. */
const primary = 'PRIMARY'

function* tableNames(): Work<string[]> {
  return (yield* ask(tableNamesOf, [])).values as string[]
}

interface Column extends StoredColumn {
  readonly ignoresCase: boolean
}

const keyOf = look(
  `SELECT column_name FROM information_schema.statistics WHERE table_schema = database() AND table_name = ? AND index_name = '${primary}' ORDER BY seq_in_index`,
  ['text'],
)

function* columns(name: string): Work<Column[]> {
  const { values } = yield* ask(columnsOf, [name])
  const key = (yield* ask(keyOf, [name])).values as string[]
  const all = Array.from({ length: values.length / 4 }, (_, row) => {
    const at = row * 4
    const column = values[at] as string
    return {
      name: column,
      type: values[at + 1] as string,
      notNull: values[at + 2] as boolean,
      hasDefault: values[at + 3] as boolean,
      key: key.indexOf(column) + 1,
    }
  })
  const names = new Set(all.map((column) => column.name))
  // The twin of a column whose case is folded is none of its own.
  const twins = new Set(all.map((column) => foldedName(column.name)))
  return all
    .filter((column) => !twins.has(column.name))
    .map((column) => ({ ...column, ignoresCase: names.has(foldedName(column.name)) }))
}

const indexesAt = (statement: Statement) =>
  function* indexes(name: string): Work<StoredIndex[]> {
    const { values } = yield* ask(statement, [name])
    const found = new Map<string, { name: string; fields: string[]; unique: boolean }>()
    for (let at = 0; at < values.length; at += 3) {
      const index = values[at] as string
      const known = found.get(index) ?? { name: index, fields: [], unique: values[at + 1] as boolean }
      const part = values[at + 2] as string
      known.fields.push(hashed.exec(part)?.[1]?.replaceAll('``', '`') ?? part)
      found.set(index, known)
    }
    return [...found.values()]
  }

function* readReferences(name: string): Work<StoredReference[]> {
  const { values } = yield* ask(referencesOf, [name])
  if (values.length === 0) return yield* keptReferences(name)
  const rules = (yield* ask(actionsOf, [name])).values as string[]
  const actions = new Map<string, readonly [string, string]>()
  for (let at = 0; at < rules.length; at += 3)
    actions.set(rules[at] as string, [rules[at + 1] as string, rules[at + 2] as string])
  const [hasTriggers] = (yield* ask(guardsOf, [name])).values
  const stored: StoredReference[] = []
  for (let at = 0; at < values.length; at += 4) {
    const [constraint, field, entity, target] = values.slice(at, at + 4) as [string, string, string, string]
    const [onDelete = '', onUpdate = ''] = actions.get(constraint) ?? []
    stored.push({ field, entity, target, onDelete, onUpdate, ...(hasTriggers === true && { hasTriggers }) })
  }
  return [...stored, ...(yield* keptReferences(name))]
}

function* keptReferences(name: string): Work<StoredReference[]> {
  return ((yield* ask(keptByTriggers, [name])).values as string[]).map((text) => {
    const [, , field = '', entity = '', target = '', onDelete = '', onUpdate = ''] = JSON.parse(
      text,
    ) as string[]
    return { field, entity, target, onDelete, onUpdate, keptByTriggers: true }
  })
}

export function inspectorOf(server: MysqlServer): Inspector {
  const indexes = indexesAt(indexesBy(server === mysql ? 'coalesce(column_name, expression)' : 'column_name'))
  return {
    *hasEngineTables() {
      // Their version is written down when all of them are there: making them may have been interrupted.
      return (
        (yield* tableNames()).includes('_dbal_meta') && (yield* ask(engineVersionOf, [])).values.length > 0
      )
    },
    tableNames,
    *columnNames(name) {
      return (yield* columns(name)).map((column) => column.name)
    },
    readColumns: columns,
    *readIndexes(name) {
      return (yield* indexes(name)).filter((index) => index.name !== primary)
    },
    readReferences,
    *readUniqueKeys(name) {
      return (yield* indexes(name)).filter(({ unique }) => unique).map(({ fields }) => [...fields])
    },
    *readCaseInsensitive(name) {
      const found = (yield* columns(name)).filter(({ ignoresCase }) => ignoresCase)
      return new Set(found.map((column) => column.name.toLowerCase()))
    },
    // An index made by SQL is the migration's own affair.
    *attachedTexts(name) {
      return (yield* ask(triggerTexts, [name])).values as string[]
    },
  }
}
