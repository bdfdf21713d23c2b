/**
 * Whether the tables that migrations made are those of the schema. Migrations may be written by hand, so the database
 * itself is asked. More than the schema needs is no fault (an index, a column that takes null), less is.
 */

import type { Column, Table, Tables } from '../../schema/migration.ts'
import type { Work } from '../work.ts'
import { type Ddl, referenceActionName } from './ddl.ts'
import type { Inspector, StoredColumn } from './inspect.ts'
import { migrationConflict } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'

/** @throws DBALError CONFLICT naming the first difference */
export function* checkTables(tables: Tables, dialect: MigrationDialect): Work<void> {
  const stored = new Set(yield* dialect.inspector.tableNames())
  for (const [entity, table] of Object.entries(tables)) {
    if (!stored.has(entity)) throw mismatch(`there is no table ${entity}`, { entity })
    yield* checkTable(entity, table, dialect)
  }
}

function* checkTable(entity: string, table: Table, { inspector, ddl }: MigrationDialect): Work<void> {
  const stored = new Map((yield* inspector.readColumns(entity)).map((column) => [column.name, column]))
  const insensitive = yield* inspector.readCaseInsensitive(entity)
  for (const [name, column] of Object.entries(table.columns)) {
    const place = `${entity}.${name}`
    const problem = columnProblem(stored.get(name), column, insensitive.has(name.toLowerCase()), ddl)
    if (problem) throw mismatch(`${place} ${problem}`, { entity, fields: [name] })
  }
  for (const { name, notNull, hasDefault } of stored.values()) {
    if (!Object.hasOwn(table.columns, name) && notNull && !hasDefault) {
      throw mismatch(
        `the table ${entity} has a column ${name} that the schema does not have and that must not be null`,
        {
          entity,
          fields: [name],
        },
      )
    }
  }
  const key = [...stored.values()]
    .filter((column) => column.key > 0)
    .sort((left, right) => left.key - right.key)
  if (
    !sameList(
      key.map(({ name }) => name),
      table.primaryKey,
    )
  ) {
    throw mismatch(`the primary key of ${entity} is not ${table.primaryKey.join(', ')}`, { entity })
  }
  yield* checkReferences(entity, table, inspector)
  yield* checkIndexes(entity, table, inspector)
}

function columnProblem(
  stored: StoredColumn | undefined,
  column: Column,
  insensitive: boolean,
  ddl: Ddl,
): string | undefined {
  if (!stored) return 'has no column'
  const type = ddl.columnTypeName(column.type)
  if (type !== 'ANY' && stored.type !== type)
    return `has a column of type ${stored.type || 'none'}, not ${type}`
  if (column.nullable && stored.notNull) return 'takes null, but its column does not'
  if (!column.nullable && !stored.notNull) return 'takes no null, but its column does'
  if (column.caseInsensitive && !insensitive)
    return 'does not regard letter case, but its column does (COLLATE NOCASE)'
  if (!column.caseInsensitive && insensitive) return 'regards letter case, but its column does not'
  return undefined
}

function* checkReferences(entity: string, table: Table, inspector: Inspector): Work<void> {
  const stored = yield* inspector.readReferences(entity)
  for (const [name, { references }] of Object.entries(table.columns)) {
    if (!references) continue
    const found = stored.some(
      (other) =>
        other.field === name &&
        other.entity === references.entity &&
        (other.target === null || other.target === references.field) &&
        other.onDelete === referenceActionName(references.onDelete) &&
        other.onUpdate === referenceActionName(references.onUpdate),
    )
    if (!found) {
      throw mismatch(
        `${entity}.${name} has no foreign key to ${references.entity}.${references.field} with the schema's actions`,
        { entity, fields: [name] },
      )
    }
  }
}

function* checkIndexes(entity: string, table: Table, inspector: Inspector): Work<void> {
  const unique = yield* inspector.readUniqueKeys(entity)
  const plain = (yield* inspector.readIndexes(entity)).map(({ fields }) => fields)
  const uniqueFields = Object.keys(table.columns).filter((name) => table.columns[name]?.unique)
  const wanted = [...uniqueFields.map((name) => ({ fields: [name], unique: true })), ...table.indexes]
  for (const index of wanted) {
    const among = index.unique ? unique : [...unique, ...plain]
    if (among.some((fields) => sameList(fields, index.fields))) continue
    throw mismatch(`${entity} has no ${index.unique ? 'unique ' : ''}index over ${index.fields.join(', ')}`, {
      entity,
      fields: index.fields,
    })
  }
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index])
}

function mismatch(what: string, details: { entity: string; fields?: readonly string[] }) {
  return migrationConflict(
    `The migrations do not lead to the schema: ${what}. Write a migration for it, or mend the schema`,
    details,
  )
}
