/** A described change done to tables as data: what stands after it, and what undoes it. */

import type { Change, Column, Index, NamedTable, Step, Table, Tables } from '../../schema/migration.ts'
import { isSql, migrationConflict } from './migration.ts'
import { sameIndex } from './table.ts'

/**
 * The tables after the steps, or undefined when one of them is SQL, whose effect only the database knows.
 * @throws DBALError CONFLICT for a step that does not fit the tables
 */
export function tablesAfter(tables: Tables, steps: readonly Step[]): Tables | undefined {
  let after = tables
  for (const step of steps) {
    if (isSql(step)) return undefined
    after = tableChange(after, step)
  }
  return after
}

function tableChange(tables: Tables, change: Change): Tables {
  if ('createEntity' in change) {
    const { name } = change.createEntity
    if (tables[name]) throw migrationConflict(`createEntity: there is a ${name} already`, { entity: name })
    return { ...tables, [name]: withoutName(change.createEntity) }
  }
  if ('dropEntity' in change) return without(tables, find(tables, change.dropEntity).name)
  if ('renameEntity' in change) return renameTable(tables, change.renameEntity)
  if ('rebuildEntity' in change) {
    const { copy: _copy, ...table } = change.rebuildEntity
    return { ...tables, [find(tables, table.name).name]: withoutName(table) }
  }
  if ('addField' in change) {
    const { entity, name, column } = change.addField
    const { table } = find(tables, entity)
    return { ...tables, [entity]: { ...table, columns: { ...table.columns, [name]: column } } }
  }
  if ('dropField' in change) return dropColumn(tables, change.dropField)
  if ('renameField' in change) return renameColumn(tables, change.renameField)
  if ('addIndex' in change) {
    const { entity, ...index } = change.addIndex
    return { ...tables, [entity]: addIndex(find(tables, entity).table, index) }
  }
  if ('dropIndex' in change) {
    const { entity, ...index } = change.dropIndex
    return { ...tables, [entity]: dropIndex(find(tables, entity).table, index) }
  }
  return change satisfies never
}

function find(tables: Tables, name: string): { readonly name: string; readonly table: Table } {
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined
  if (!table) throw migrationConflict(`A step names the entity ${name}, which there is not`, { entity: name })
  return { name, table }
}

function without<Value>(
  record: { readonly [name: string]: Value },
  name: string,
): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name))
}

/** The place in the order stays. */
function rename<Value>(record: { readonly [name: string]: Value }, from: string, to: string) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === from ? to : key, value]))
}

function withoutName({ name: _name, ...table }: NamedTable): Table {
  return table
}

function renameTable(tables: Tables, { from, to }: { from: string; to: string }): Tables {
  find(tables, from)
  return mapReferences(rename(tables, from, to), (reference) =>
    reference.entity === from ? { ...reference, entity: to } : reference,
  )
}

function renameColumn(tables: Tables, change: { entity: string; from: string; to: string }): Tables {
  const { entity, from, to } = change
  const { table } = find(tables, entity)
  const names = (fields: readonly string[]) => fields.map((field) => (field === from ? to : field))
  const renamed: Table = {
    columns: rename(table.columns, from, to),
    primaryKey: names(table.primaryKey),
    indexes: table.indexes.map((index) => ({ ...index, fields: names(index.fields) })),
  }
  return mapReferences({ ...tables, [entity]: renamed }, (reference) =>
    reference.entity === entity && reference.field === from ? { ...reference, field: to } : reference,
  )
}

function dropColumn(tables: Tables, { entity, name }: { entity: string; name: string }): Tables {
  const { table } = find(tables, entity)
  const indexes = table.indexes.filter(({ fields }) => !fields.includes(name))
  return { ...tables, [entity]: { ...table, columns: without(table.columns, name), indexes } }
}

function mapReferences(
  tables: Tables,
  map: (reference: NonNullable<Column['references']>) => NonNullable<Column['references']>,
): Tables {
  const column = (data: Column): Column =>
    data.references ? { ...data, references: map(data.references) } : data
  return Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [
      name,
      {
        ...table,
        columns: Object.fromEntries(
          Object.entries(table.columns).map(([field, data]) => [field, column(data)]),
        ),
      },
    ]),
  )
}

/** A unique index of one field is the field's own `unique`. */
function addIndex(table: Table, index: Index): Table {
  const [field] = index.fields
  const column = field === undefined ? undefined : table.columns[field]
  if (index.unique && index.fields.length === 1 && field !== undefined && column) {
    return { ...table, columns: { ...table.columns, [field]: { ...column, unique: true } } }
  }
  return { ...table, indexes: [...table.indexes, index] }
}

function dropIndex(table: Table, index: Index): Table {
  const [field] = index.fields
  const column = field === undefined ? undefined : table.columns[field]
  const indexes = table.indexes.filter((other) => !sameIndex(other, index))
  if (index.unique && index.fields.length === 1 && field !== undefined && column?.unique) {
    const { unique: _unique, ...rest } = column
    return { ...table, columns: { ...table.columns, [field]: rest }, indexes }
  }
  return { ...table, indexes }
}
