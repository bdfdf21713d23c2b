/**
 * The schema of any SQLite file, from the file itself. Names stay as they are. Views and virtual tables are read-only;
 * a table without a primary key is addressed by its rowid; what SQLite, FTS and this package keep for themselves is left
 * out, and so are views that no longer work and names that no schema may have. There are no rules: who may do what is for
 * whoever opens the file.
 */

import type { ColumnType, ResultSet, SqlValue, Statement } from '../../drivers/driver.ts'
import { type LooseEntity, type LooseField, normalise } from '../normalise.ts'
import { isReservedName } from '../read-definitions.ts'
import type { ReferenceAction, SchemaData } from '../schema.ts'
import { caseInsensitiveColumns } from './collations.ts'
import { readDefault, typeOfDeclaration } from './column-type.ts'
import { nameAccessors, nameRelations } from './names.ts'

/** A question to the database. The engine's runners (`src/engine/work.ts`) drive it on a connection. */
export interface IntrospectionQuery {
  readonly statement: Statement
  readonly parameters: readonly SqlValue[]
}

export type Introspection<T> = Generator<IntrospectionQuery, T, ResultSet>

const query = (sql: string, ...columns: ColumnType[]): Statement => ({ sql, columns })

const tables = query(
  `SELECT l.name, l.type, l.wr, s.sql FROM pragma_table_list AS l
   LEFT JOIN main.sqlite_schema AS s ON s.name = l.name AND s.type IN ('table', 'view')
   WHERE l.schema = 'main' ORDER BY l.name`,
  'text',
  'text',
  'integer',
  'text',
)
const columns = query(
  'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, \'main\') ORDER BY cid',
  'text',
  'text',
  'integer',
  'text',
  'integer',
  'integer',
)
const foreignKeys = query(
  'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?, \'main\') ORDER BY id, seq',
  'integer',
  'text',
  'text',
  'text',
  'text',
  'text',
)
const indexes = query(
  `SELECT i.name, i."unique", i.origin, i.partial, c.name FROM pragma_index_list(?, 'main') AS i
   JOIN pragma_index_info(i.name, 'main') AS c ORDER BY i.seq, c.seqno`,
  'text',
  'integer',
  'text',
  'integer',
  'text',
)

interface Table {
  readonly name: string
  readonly kind: 'table' | 'view' | 'virtual' | 'shadow'
  readonly hasRowid: boolean
  readonly sql: string | null
}

interface Column {
  readonly name: string
  readonly declaration: string
  readonly notNull: boolean
  readonly default: string | null
  /** Place in the primary key, from 1; 0 outside of it. */
  readonly key: number
  /** 1 is a virtual table's own, 2 and 3 are generated. */
  readonly hidden: number
}

interface ForeignKey {
  readonly id: number
  readonly table: string
  readonly from: string
  /** Null is the primary key of the other table. */
  readonly to: string | null
  readonly onUpdate: string
  readonly onDelete: string
}

interface IndexColumn {
  readonly index: string
  readonly unique: boolean
  /** `c` by CREATE INDEX, `u` and `pk` by a constraint. */
  readonly origin: string
  readonly partial: boolean
  /** Null for an expression. */
  readonly name: string | null
}

/** @param name of the schema; never `metabuilder`, which would turn on the built-in operations over tables of the same names */
export function* introspectSqlite(name = 'file'): Introspection<SchemaData> {
  const all = (yield* rowsOf(
    tables,
    [],
    ([name, kind, wr, sql]) => ({ name, kind, hasRowid: !wr, sql }) as Table,
  )).filter(({ name, kind }) => kind !== 'shadow' && !isReservedName(name))
  const virtual = all.filter(({ kind }) => kind === 'virtual')
  const entities: Record<string, LooseEntity> = {}
  for (const table of all) {
    // The shadows of a virtual table whose module is not here are tables like any other to SQLite.
    if (table.kind === 'table' && virtual.some(({ name }) => isShadow(table.name, name))) continue
    const entity = yield* introspectTable(table)
    if (entity) entities[table.name] = entity
  }
  const schemaName = name === 'metabuilder' ? 'file' : name
  return normalise(schemaName, nameRelations(nameAccessors(resolveReferences(entities))), true)
}

function isShadow(name: string, virtual: string): boolean {
  return (
    name.startsWith(`${virtual}_`) &&
    /^(?:content|data|idx|docsize|config|segments|segdir|stat|node|parent|rowid)$/.test(
      name.slice(virtual.length + 1),
    )
  )
}

function* introspectTable(table: Table): Introspection<LooseEntity | undefined> {
  const found = yield* columnsOf(table)
  if (found.length === 0) return undefined
  if (table.kind !== 'table') return { kind: 'view', fields: fieldsOf(found, new Set(), [], false) }

  const indexed = yield* rowsOf(
    indexes,
    [table.name],
    ([index, unique, origin, partial, name]) =>
      ({ index, unique: unique === 1, origin, partial: partial === 1, name }) as IndexColumn,
  )
  const references = yield* rowsOf(
    foreignKeys,
    [table.name],
    ([id, table, from, to, onUpdate, onDelete]) =>
      ({ id, table, from, to, onUpdate, onDelete }) as ForeignKey,
  )
  const key = found.filter((column) => column.key > 0).sort((a, b) => a.key - b.key)
  // The one kind of key that is the rowid itself has no index of its own.
  const isRowid =
    key.length === 1 &&
    table.hasRowid &&
    key[0]?.declaration.toUpperCase() === 'INTEGER' &&
    !indexed.some(({ origin }) => origin === 'pk')

  const lists = [...Map.groupBy(indexed, ({ index }) => index).values()]
    .filter((list) =>
      list.every(({ partial, name }) => !partial && name !== null && found.some((c) => c.name === name)),
    )
    .map((list) => ({
      fields: list.map(({ name }) => name as string),
      unique: !!list[0]?.unique,
      origin: list[0]?.origin,
    }))
  const uniques = new Set(
    lists.filter(({ fields, unique }) => unique && fields.length === 1).map(({ fields }) => fields[0]),
  )
  const fields = fieldsOf(found, caseInsensitiveColumns(table.sql ?? ''), references, isRowid)
  const given = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      uniques.has(name) ? { ...field, unique: true } : field,
    ]),
  )
  const rest = {
    indexes: distinct(
      lists.filter(
        ({ fields, origin }) => origin !== 'pk' && !(fields.length === 1 && uniques.has(fields[0])),
      ),
    ),
  }
  if (key.length > 0) return { fields: given, primaryKey: key.map(({ name }) => name), ...rest }
  const rowid = ['rowid', '_rowid_', 'oid'].find(
    (alias) => !found.some(({ name }) => name.toLowerCase() === alias),
  )
  if (!rowid) return { fields: given, kind: 'view' }
  return {
    fields: { [rowid]: { type: 'integer', generated: 'rowid' }, ...given },
    primaryKey: [rowid],
    ...rest,
  }
}

/** A view over what is no longer there, or a table of an unknown module, fails when it is looked at: it has no columns. */
function* columnsOf(table: Table): Introspection<readonly Column[]> {
  try {
    const found = yield* rowsOf(
      columns,
      [table.name],
      ([name, declaration, notNull, value, key, hidden]) =>
        ({ name, declaration, notNull: notNull === 1, default: value, key, hidden }) as Column,
    )
    return found.filter(({ name, hidden }) => hidden !== 1 && !isReservedName(name))
  } catch (error) {
    if (table.kind === 'table') throw error
    return []
  }
}

function fieldsOf(
  found: readonly Column[],
  caseInsensitive: ReadonlySet<string>,
  references: readonly ForeignKey[],
  isRowid: boolean,
): Record<string, LooseField> {
  const single = [...Map.groupBy(references, ({ id }) => id).values()]
    .filter((list) => list.length === 1)
    .flat()
  return Object.fromEntries(
    found.map((column): [string, LooseField] => {
      const reference = single.find(({ from }) => from.toLowerCase() === column.name.toLowerCase())
      const type = typeOfDeclaration(column.declaration)
      return [
        column.name,
        {
          type,
          ...(caseInsensitive.has(column.name.toLowerCase()) &&
            (type === 'string' || type === 'text') && { caseInsensitive: true }),
          ...(reference && {
            references: {
              entity: reference.table,
              field: reference.to ?? '',
              onDelete: actionOf(reference.onDelete),
              onUpdate: actionOf(reference.onUpdate),
            },
          }),
          // A rowid that refers to another table's is the caller's to give.
          ...givenOf(column, type, isRowid && !reference),
        },
      ]
    }),
  )
}

/** Whether a value must be given, may be, or is made by the database. */
function givenOf(column: Column, type: LooseField['type'], isRowid: boolean): Partial<LooseField> {
  if (column.hidden > 1) return { generated: 'computed', nullable: true }
  if (column.key > 0)
    return isRowid ? { generated: 'rowid', immutable: true } : { required: true, immutable: true }
  const value = readDefault(column.default, type)
  if (!column.notNull) return { nullable: true, default: value ?? null }
  return value === undefined || value === null ? { required: true } : { default: value }
}

const actions: { readonly [action: string]: ReferenceAction } = {
  CASCADE: 'cascade',
  RESTRICT: 'restrict',
  'SET NULL': 'setNull',
}
const actionOf = (action: string): ReferenceAction => actions[action.toUpperCase()] ?? 'noAction'

/** SQL finds names without regard to case, and an absent column is the other table's key; a schema spells them out. */
function resolveReferences(entities: Record<string, LooseEntity>): Record<string, LooseEntity> {
  const named = (names: object, name: string) =>
    Object.keys(names).find((each) => each.toLowerCase() === name.toLowerCase())
  const resolve = ({ references, ...field }: LooseField): LooseField => {
    if (typeof references !== 'object') return field
    const entity = named(entities, references.entity)
    const target = entity === undefined ? undefined : entities[entity]
    const [only, ...more] = target?.primaryKey ?? []
    const other = references.field
      ? named(target?.fields ?? {}, references.field)
      : more.length === 0
        ? only
        : undefined
    return entity === undefined || other === undefined || target?.kind === 'view'
      ? field
      : { ...field, references: { ...references, entity, field: other } }
  }
  return Object.fromEntries(
    Object.entries(entities).map(([name, entity]) => [
      name,
      {
        ...entity,
        fields: Object.fromEntries(
          Object.entries(entity.fields ?? {}).map(([name, field]) => [name, resolve(field)]),
        ),
      },
    ]),
  )
}

function distinct(lists: readonly { readonly fields: readonly string[]; readonly unique: boolean }[]) {
  const seen = new Map(lists.map(({ fields, unique }) => [JSON.stringify(fields), { fields, unique }]))
  return [...seen.values()]
}

function* rowsOf<T>(
  statement: Statement,
  parameters: readonly SqlValue[],
  toRow: (values: readonly unknown[]) => T,
): Introspection<readonly T[]> {
  const { width, values } = yield { statement, parameters }
  return Array.from({ length: width ? values.length / width : 0 }, (_, at) =>
    toRow(values.slice(at * width, (at + 1) * width)),
  )
}
