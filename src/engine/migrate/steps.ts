/** Steps done to the database. Everything here runs inside the caller's transaction, with foreign keys not enforced. */

import { DriverError, type DriverErrorKind } from '../../drivers/driver.ts'
import type { Change, CopySource, Index, NamedTable, SqlStep, Step } from '../../schema/migration.ts'
import { ask, type Work } from '../work.ts'
import { definition, type Reference, type Source, tableTexts } from './ddl.ts'
import type { Progress } from './journal.ts'
import { isSql, migrationConflict } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'
import { splitSql } from './split-sql.ts'
import { indexesOf } from './table.ts'

/**
 * @param title names the migration in messages
 * @param progress where the database cannot take back what a step has done
 * @throws DBALError CONFLICT when the database refuses a step; DriverError when the storage does
 */
export function* runSteps(
  steps: readonly Step[],
  dialect: MigrationDialect,
  title: string,
  progress?: Progress,
): Work<void> {
  const waiting: Reference[] = []
  for (const [index, step] of steps.entries()) {
    if (progress && index < progress.from) {
      waiting.push(...referencesOf(step, dialect))
      continue
    }
    if (progress) yield* progress.begin(index)
    const place = `${title}, step ${index + 1}`
    try {
      if (isSql(step)) yield* runSql(step, dialect, place)
      else yield* runChange(step, dialect, waiting)
    } catch (error) {
      throw error instanceof DriverError ? refusal(error, place) : error
    }
  }
  if (progress) yield* progress.begin(steps.length)
  try {
    for (const { texts } of waiting) yield* runTexts(texts)
  } catch (error) {
    throw error instanceof DriverError ? refusal(error, title) : error
  }
}

/** The foreign keys of a step that is done already: they are made behind the last one. */
function referencesOf(step: Step, { ddl }: MigrationDialect): readonly Reference[] {
  if (isSql(step)) return []
  if ('createEntity' in step) return ddl.references(step.createEntity.name, step.createEntity)
  if ('rebuildEntity' in step) return ddl.references(step.rebuildEntity.name, step.rebuildEntity)
  if (!('addField' in step)) return []
  const { entity, name, column } = step.addField
  return ddl.references(entity, { columns: { [name]: column }, primaryKey: [], indexes: [] })
}

/** Words by the database's code: its own text may quote a row. What the storage refuses stays as it is. */
function refusal(error: DriverError, place: string): Error {
  const words = refusals[error.kind]
  return words ? migrationConflict(`${place}: ${words}`, {}, error) : error
}

const refusals: { readonly [Kind in DriverErrorKind]?: string } = {
  unique: 'rows that exist are not unique in it',
  foreignKey: 'a row refers to one that does not exist',
  notNull: 'a row has no value for a field that takes no null',
  check: 'a row has a value that the new definition does not take',
  type: 'a row has a value of another type',
  trigger: 'a trigger refused it',
  syntax:
    'the database does not understand the SQL, or it names something that there is not or that there is already',
  other: 'the database refused it',
}

/** Words that would end or leave the one transaction of a migration. */
const forbiddenWords = new Set([
  'BEGIN',
  'COMMIT',
  'END',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'ATTACH',
  'DETACH',
  'VACUUM',
])

function* runSql(step: SqlStep, { name: dialect }: MigrationDialect, place: string): Work<void> {
  const text = typeof step === 'string' ? step : step.sql[dialect]
  if (text === undefined) throw migrationConflict(`${place}: has no SQL for ${dialect}`)
  for (const sql of statementsOf(text, place)) {
    const word = /^\w+/.exec(withoutComments(sql))?.[0].toUpperCase()
    if (word && forbiddenWords.has(word)) {
      throw migrationConflict(
        `${place}: ${word} is not allowed; every migration runs in one transaction of its own`,
      )
    }
    yield* ask(definition(sql), [])
  }
}

function statementsOf(text: string, place: string): string[] {
  try {
    return splitSql(text)
  } catch (error) {
    throw migrationConflict(`${place}: ${(error as SyntaxError).message}`)
  }
}

/** Of leading comments only. */
function withoutComments(sql: string): string {
  return sql.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '')
}

function* runTexts(texts: readonly string[]): Work<void> {
  for (const text of texts) yield* ask(definition(text), [])
}

/** @param waiting gets the foreign keys that are made when all tables are there */
function* runChange(change: Change, dialect: MigrationDialect, waiting: Reference[]): Work<void> {
  const { ddl } = dialect
  if ('createEntity' in change) {
    const { name } = change.createEntity
    waiting.push(...ddl.references(name, change.createEntity))
    return yield* runTexts(tableTexts(name, change.createEntity, ddl))
  }
  if ('dropEntity' in change) return yield* runTexts([ddl.dropTable(change.dropEntity)])
  if ('rebuildEntity' in change) return yield* rebuild(change.rebuildEntity, dialect, waiting)
  if ('renameEntity' in change) {
    const { from, to } = change.renameEntity
    return yield* renaming(ddl.renameTable(from, to), from, to, dialect)
  }
  if ('renameField' in change) {
    const { entity, from, to } = change.renameField
    return yield* renaming(ddl.renameColumn(entity, from, to), entity, entity, dialect)
  }
  if ('addField' in change) {
    const { entity, name, column, fill } = change.addField
    const table = { columns: { [name]: column }, primaryKey: [], indexes: [] }
    const indexes = indexesOf(table)
    waiting.push(...ddl.references(entity, table))
    yield* runTexts([
      ddl.addColumn(entity, name, column, fill),
      ...indexes.map((index) => ddl.createIndex(entity, index)),
    ])
    return
  }
  if ('dropField' in change) return yield* dropField(change.dropField.entity, change.dropField.name, dialect)
  if ('addIndex' in change) return yield* runTexts([ddl.createIndex(change.addIndex.entity, change.addIndex)])
  if ('dropIndex' in change) {
    return yield* runTexts([ddl.dropNamedIndex(ddl.indexName(change.dropIndex.entity, change.dropIndex))])
  }
  return change satisfies never
}

/** Triggers, and indexes that a migration made by SQL, go with the old table and are made again for the new one. */
function* rebuild(
  { copy = {}, ...table }: NamedTable & { copy?: CopySources },
  { ddl, inspector }: MigrationDialect,
  waiting: Reference[],
): Work<void> {
  const { name } = table
  const existing = new Set(yield* inspector.columnNames(name))
  const sources: (readonly [string, Source])[] = []
  for (const [column, { type }] of Object.entries(table.columns)) {
    const source = copy[column]
    if (source)
      sources.push([column, 'from' in source ? { column: source.from } : { value: source.value, type }])
    else if (existing.has(column)) sources.push([column, { column }])
  }
  const attached = yield* inspector.attachedTexts(name, (index) => !index.startsWith(`${name}.`))
  const making = `_dbal_rebuild_${name}`
  waiting.push(...ddl.references(name, table))
  yield* runTexts([
    ddl.createTable(making, table),
    ddl.copyRows(name, making, sources),
    ...ddl.swapping([ddl.dropTable(name), ddl.renameTable(making, name)]),
    ...indexesOf(table).map((index) => ddl.createIndex(name, index, table)),
    ...attached,
  ])
}

type CopySources = { readonly [column: string]: CopySource }

/** A column cannot go while an index holds it. */
function* dropField(entity: string, name: string, { ddl, inspector }: MigrationDialect): Work<void> {
  for (const index of yield* inspector.readIndexes(entity)) {
    if (index.fields.includes(name)) yield* runTexts([ddl.dropNamedIndex(index.name)])
  }
  yield* runTexts([ddl.dropColumn(entity, name)])
}

/** Indexes are named by what they hold: after a renaming those of ours get the names that a new table would give them. */
function* renaming(text: string, from: string, to: string, { ddl, inspector }: MigrationDialect): Work<void> {
  const before = yield* inspector.readIndexes(from)
  yield* runTexts([text])
  const after = yield* inspector.readIndexes(to)
  for (const index of after) {
    const { name, fields, unique } = index
    const old = before.find((other) => other.name === name)
    if (!old || name !== ddl.indexName(from, plain(old.fields, old.unique))) continue
    const wanted = plain(fields, unique)
    if (name !== ddl.indexName(to, wanted))
      yield* runTexts([ddl.dropNamedIndex(name), ddl.createIndex(to, wanted)])
  }
}

function plain(fields: readonly string[], unique: boolean): Index {
  return unique ? { fields, unique } : { fields }
}
