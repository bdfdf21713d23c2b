/** What stands in a PostgreSQL schema, as far as migrations need to know. */

import type { ColumnType, Statement } from '../../drivers/driver.ts'
import { quoteName } from '../migrate/ddl.ts'
import type { Inspector, StoredColumn, StoredIndex, StoredReference } from '../migrate/inspect.ts'
import type { ApartReferences } from '../migrate/migration-dialect.ts'
import { ask, type Work } from '../work.ts'
import { noCaseDomain } from './ddl.ts'

const look = (sql: string, columns: readonly ColumnType[]): Statement => ({ sql, columns, once: true })

/** The table of that name in the schema that is worked in. */
const table = `(SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ?)`

const tableNamesOf = look(
  `SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname COLLATE "C"`,
  ['text'],
)

const columnsOf = look(
  `SELECT a.attname, CASE t.typname WHEN '${noCaseDomain}' THEN 'text' ELSE t.typname END, a.attnotnull, a.atthasdef,
  coalesce(array_position(k.conkey, a.attnum), 0), t.typname = '${noCaseDomain}'
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p'
WHERE a.attrelid = ${table} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  ['text', 'text', 'boolean', 'boolean', 'integer', 'boolean'],
)

/** An index over an expression counts only where that is the folding of a column. */
const indexColumns = look(
  `SELECT i.relname, x.indisunique, coalesce(a.attname, (regexp_match(pg_get_indexdef(x.indexrelid, p.at::int, false), '^lower\\(\\(?\\(?"?([^")]+)"?\\)?::text'))[1], ''),
  EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS p(num, at)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = p.num AND p.num > 0
WHERE x.indrelid = ${table} AND x.indpred IS NULL AND p.at <= x.indnkeyatts ORDER BY i.relname, p.at`,
  ['text', 'boolean', 'text', 'boolean'],
)

const actions = `CASE %s WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END`

const referencesOf = look(
  `SELECT a.attname, o.relname, b.attname, ${actions.replace('%s', 'k.confdeltype')}, ${actions.replace('%s', 'k.confupdtype')}
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class o ON o.oid = k.confrelid
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS p(own, other)
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.own
JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = p.other
WHERE k.contype = 'f' AND k.conrelid = ${table}`,
  ['text', 'text', 'text', 'text', 'text'],
)

/** Those that triggers keep: their arguments are field, target, key and actions, behind the entity. */
const keptByTriggers = look(
  `SELECT convert_from(g.tgargs, 'UTF8') FROM (SELECT regexp_replace(encode(t.tgargs, 'hex'), '(..)', '\\1', 'g') AS h, decode(replace(regexp_replace(encode(t.tgargs, 'hex'), '(..)', '\\1 ', 'g'), '00 ', '0a '), 'hex') AS tgargs
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
  WHERE t.tgrelid = ${table} AND f.proname = '_dbal_refers') AS g`,
  ['text'],
)

const attached = look(
  `SELECT 'trigger', t.tgname, pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t
WHERE t.tgrelid = ${table} AND NOT t.tgisinternal AND t.tgname NOT LIKE '\\_dbal\\_%'
UNION ALL SELECT 'index', i.relname, pg_get_indexdef(i.oid) FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = ${table} AND i.relname NOT LIKE '\\_dbal\\_%' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid)`,
  ['text', 'text', 'text'],
)

const foreignKeysOf = look(
  `SELECT k.conname FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conrelid = ${table}
AND k.conkey = ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = ?)`,
  ['text'],
)

const triggersOf = look(
  `SELECT t.tgname, c.relname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
CROSS JOIN (SELECT left(md5(? || '.' || ?), 16) AS tag) AS m
WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname IN ('_dbal_refers_' || m.tag, '_dbal_referred_' || m.tag)`,
  ['text', 'text'],
)

export const postgresReferences: ApartReferences = {
  isNamed: false,
  *dropTexts(entity, field) {
    const keys = (yield* ask(foreignKeysOf, [entity, field])).values as string[]
    const texts = keys.map((key) => `ALTER TABLE ${quoteName(entity)} DROP CONSTRAINT ${quoteName(key)}`)
    const { values } = yield* ask(triggersOf, [entity, field])
    for (let at = 0; at < values.length; at += 2)
      texts.push(`DROP TRIGGER ${quoteName(values[at] as string)} ON ${quoteName(values[at + 1] as string)}`)
    return texts
  },
}

function* tableNames(): Work<string[]> {
  return (yield* ask(tableNamesOf, [])).values as string[]
}

interface Column extends StoredColumn {
  readonly ignoresCase: boolean
}

function* columns(name: string): Work<Column[]> {
  const { values } = yield* ask(columnsOf, [name])
  return Array.from({ length: values.length / 6 }, (_, row) => {
    const at = row * 6
    return {
      name: values[at] as string,
      type: values[at + 1] as string,
      notNull: values[at + 2] as boolean,
      hasDefault: values[at + 3] as boolean,
      key: values[at + 4] as number,
      ignoresCase: values[at + 5] as boolean,
    }
  })
}

function* indexes(name: string): Work<(StoredIndex & { readonly isConstraint: boolean })[]> {
  const { values } = yield* ask(indexColumns, [name])
  const found = new Map<string, { name: string; fields: string[]; unique: boolean; isConstraint: boolean }>()
  for (let at = 0; at < values.length; at += 4) {
    const index = values[at] as string
    const known = found.get(index) ?? {
      name: index,
      fields: [],
      unique: values[at + 1] as boolean,
      isConstraint: values[at + 3] as boolean,
    }
    known.fields.push(values[at + 2] as string)
    found.set(index, known)
  }
  return [...found.values()]
}

function* readReferences(name: string): Work<StoredReference[]> {
  const { values } = yield* ask(referencesOf, [name])
  const found: StoredReference[] = []
  for (let at = 0; at < values.length; at += 5) {
    const [field, entity, target, onDelete, onUpdate] = values.slice(at, at + 5) as [
      string,
      string,
      string,
      string,
      string,
    ]
    found.push({ field, entity, target, onDelete, onUpdate })
  }
  for (const text of (yield* ask(keptByTriggers, [name])).values as string[]) {
    const [, field = '', entity = '', target = '', onDelete = '', onUpdate = ''] = text.split('\n')
    found.push({ field, entity, target, onDelete, onUpdate, keptByTriggers: true })
  }
  return found
}

export const postgresInspector: Inspector = {
  *hasEngineTables() {
    const names = new Set(yield* tableNames())
    return names.has('_dbal_meta') && names.has('_dbal_migrations')
  },
  tableNames,
  *columnNames(name) {
    return (yield* columns(name)).map((column) => column.name)
  },
  readColumns: columns,
  *readIndexes(name) {
    return (yield* indexes(name)).filter(({ isConstraint }) => !isConstraint)
  },
  readReferences,
  *readUniqueKeys(name) {
    return (yield* indexes(name)).filter(({ unique }) => unique).map(({ fields }) => [...fields])
  },
  *readCaseInsensitive(name) {
    const found = (yield* columns(name)).filter(({ ignoresCase }) => ignoresCase)
    return new Set(found.map((column) => column.name.toLowerCase()))
  },
  *attachedTexts(name, keepIndex) {
    const { values } = yield* ask(attached, [name, name])
    const texts: string[] = []
    for (let at = 0; at < values.length; at += 3) {
      if (values[at] === 'trigger' || keepIndex(values[at + 1] as string))
        texts.push(values[at + 2] as string)
    }
    return texts
  },
}
