/**
 * What of a schema stands in the database: tables, columns, keys, indexes. Rules, accessors and names of relations do
 * not, so they may change without a migration. Sparse plain data: it is stored, hashed, compared and written into files.
 */

import type { Column, Index, Table, Tables } from '../../schema/migration.ts'
import type { EntityData, FieldData, SchemaData } from '../../schema/schema.ts'
import { patternChecks } from './pattern-check.ts'

/** The tables of a schema; views and computed columns have no definition of ours. */
export function tablesOf(schema: SchemaData): Tables {
  const tables: Record<string, Table> = {}
  for (const [name, entity] of Object.entries(schema.entities)) {
    if (entity.kind === 'table') tables[name] = tableOf(entity)
  }
  return tables
}

export function tableOf(entity: EntityData): Table {
  const columns: Record<string, Column> = {}
  for (const [name, field] of Object.entries(entity.fields)) {
    if (field.generated !== 'computed') columns[name] = columnOf(field)
  }
  const primaryKey = entity.primaryKey.filter((field) => Object.hasOwn(columns, field))
  const indexes = entity.indexes.map(
    ({ fields, unique }): Index => (unique ? { fields, unique } : { fields }),
  )
  return { columns, primaryKey, indexes }
}

function columnOf(field: FieldData): Column {
  return {
    type: field.type,
    ...(field.nullable && { nullable: true }),
    ...(field.unique && { unique: true }),
    ...(field.caseInsensitive && { caseInsensitive: true }),
    ...(field.min !== undefined && { min: field.min }),
    ...(field.max !== undefined && { max: field.max }),
    ...(field.pattern !== undefined && patternChecks(field.pattern) && { pattern: field.pattern }),
    ...(field.values && { values: field.values }),
    ...(field.default !== undefined && field.default !== null && { default: field.default }),
    ...(field.references && { references: field.references }),
  }
}

/**
 * Every index of a table: the unique fields, the given ones, and one for each reference that no other begins with.
 * Without the last, each delete in the referenced table would read all of this one.
 */
export function indexesOf(table: Table): readonly Index[] {
  const indexes = new Map<string, Index>()
  const add = (index: Index) => indexes.set(indexKey(index), index)
  for (const [name, column] of Object.entries(table.columns))
    if (column.unique) add({ fields: [name], unique: true })
  for (const index of table.indexes) add(index)
  const leads = (name: string) =>
    table.primaryKey[0] === name || [...indexes.values()].some(({ fields }) => fields[0] === name)
  for (const [name, column] of Object.entries(table.columns)) {
    if (column.references && !leads(name)) add({ fields: [name] })
  }
  return [...indexes.values()]
}

const indexKey = ({ fields, unique }: Index) => JSON.stringify([unique === true, fields])

export function sameIndex(left: Index, right: Index): boolean {
  return indexKey(left) === indexKey(right)
}

/** Stable, and no two alike: a name of the schema holds no dot. */
export function indexName(entity: string, { fields, unique }: Index): string {
  return `${entity}.${fields.join('.')}.${unique ? 'unique' : 'index'}`
}
