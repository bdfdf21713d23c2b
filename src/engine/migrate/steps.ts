/** Steps done to the database. Everything here runs inside the caller's transaction, with foreign keys not enforced. */

import { DriverError, type DriverErrorKind } from '../../drivers/driver.ts'
import type { SqlStep, Step } from '../../schema/migration.ts'
import { ask, type Work } from '../work.ts'
import { definition } from './ddl.ts'
import type { Progress } from './journal.ts'
import { isSql, migrationConflict } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'
import { type Plan, planOf, referenceTexts, type Unit } from './plan.ts'
import { splitSql } from './split-sql.ts'

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
  let waiting = progress?.from.waiting ?? []
  for (const [index, step] of steps.entries()) {
    if (progress && index < progress.from.step) continue
    const place = `${title}, step ${index + 1}`
    try {
      if (isSql(step)) {
        if (progress) yield* progress.begin({ step: index, waiting })
        yield* runSql(step, dialect, place)
        continue
      }
      const begun = progress?.from.step === index ? progress.from : undefined
      const plan = begun?.units ? { units: begun.units, waiting } : yield* planOf(step, dialect, waiting)
      yield* runPlan(plan, dialect, progress, index)
      waiting = plan.waiting
    } catch (error) {
      throw error instanceof DriverError ? refusal(error, place) : error
    }
  }
  if (progress) yield* progress.begin({ step: steps.length, waiting })
  try {
    for (const reference of waiting) yield* runTexts(yield* referenceTexts(reference, dialect))
  } catch (error) {
    throw error instanceof DriverError ? refusal(error, title) : error
  }
}

function* runPlan(
  { units, waiting }: Plan,
  { inspector }: MigrationDialect,
  progress: Progress | undefined,
  step: number,
): Work<void> {
  if (!progress) {
    for (const { texts } of units) yield* runTexts(texts)
    return
  }
  const begun = progress.from.step === step && progress.from.units ? (progress.from.at ?? 0) : undefined
  for (const [at, { texts, gone }] of units.entries()) {
    if (texts.length === 0 || at < (begun ?? 0)) continue
    yield* progress.begin({ step, at, units, waiting })
    if (at === begun && gone && (yield* isGone(gone, inspector))) continue
    yield* runTexts(texts)
  }
}

function* isGone(gone: NonNullable<Unit['gone']>, inspector: MigrationDialect['inspector']): Work<boolean> {
  const names = 'column' in gone ? yield* inspector.columnNames(gone.table) : yield* inspector.tableNames()
  return !names.includes('column' in gone ? gone.column : gone.table)
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
