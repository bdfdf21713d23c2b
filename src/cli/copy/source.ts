/** What is to be copied: read from the source's own history, and compared with what the code knows. */

import type { AuditHead } from '../../engine/audit/audit-log.ts'
import { canonicalJson } from '../../engine/audit/canonical-json.ts'
import { verifyEntries } from '../../engine/audit/verify.ts'
import { adoptMigrations } from '../../engine/migrate/adopt.ts'
import { tablesAfter } from '../../engine/migrate/change.ts'
import { checkTables } from '../../engine/migrate/check.ts'
import { compareTables } from '../../engine/migrate/diff.ts'
import { type Applied, type History, pendingMigrations, readHistory } from '../../engine/migrate/history.ts'
import {
  checksumOf,
  isSql,
  type Migration,
  orderMigrations,
  titleOf,
} from '../../engine/migrate/migration.ts'
import { tablesOf } from '../../engine/migrate/table.ts'
import type { Work } from '../../engine/work.ts'
import { DBALError } from '../../protocol/error.ts'
import type { Tables } from '../../schema/migration.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { UsageError } from '../command.ts'
import { printable } from './address.ts'
import type { Side } from './side.ts'

export interface Known {
  readonly schema: SchemaData
  /** In order; without any, the schema makes its tables itself. */
  readonly migrations: readonly Migration[]
}

export interface Plan {
  /** The source's history, which becomes the target's. */
  readonly applied: readonly Applied[]
  /** What makes the target's tables: the code's migrations up to the source's, or those that were generated for it. */
  readonly steps: readonly Migration[]
  readonly generated: boolean
  readonly tables: Tables
  /** What the code has beyond the source, in words; undefined when nothing. */
  readonly behind: string | undefined
}

/** @throws UsageError or DBALError CONFLICT for a source that is none, or not what the code knows */
export async function readPlan(side: Side, known: Known): Promise<Plan> {
  const { shown } = side.address
  try {
    return await side.run(plan(known, side))
  } catch (error) {
    if (error instanceof DBALError) throw new UsageError(`${shown}: ${printable(error.message)}`)
    // What stands in the history is somebody's text: steps that are no JSON, or no steps.
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new UsageError(`${shown}: its history of migrations is damaged`, { cause: error })
    throw error
  }
}

function* plan({ schema, migrations }: Known, { address: { shown }, dialect }: Side): Work<Plan> {
  const history = yield* readHistory(dialect.migrations)
  if (!history.exists || history.applied.length === 0)
    throw new UsageError(`${shown} is no database of this package: it has no history of migrations`)
  const found = history.applied.every(({ generated }) => generated)
    ? generatedPlan(history, { schema, migrations }, shown)
    : writtenPlan(history, { schema, migrations }, shown)
  yield* checkTables(found.tables, dialect.migrations)
  return found
}

function writtenPlan({ applied }: History, { schema, migrations }: Known, shown: string): Plan {
  if (migrations.length === 0)
    throw new UsageError(`${shown} was made by migrations; name their folder with --migrations`)
  const pending = pendingMigrations(migrations, applied)
  const steps = migrations.filter((migration) => !pending.includes(migration))
  const [next] = pending
  return {
    applied,
    steps,
    generated: false,
    tables: next ? earlierTables(steps, shown) : tablesOf(schema),
    behind: next && titleOf(next),
  }
}

function earlierTables(steps: readonly Migration[], shown: string): Tables {
  const tables = tablesAfter(
    {},
    steps.flatMap(({ up }) => up),
  )
  if (tables) return tables
  throw new UsageError(
    `${shown} is older than the code, and one of its migrations is SQL, whose effect cannot be read; open it once with the app, which migrates it`,
  )
}

/** The steps come out of the database: they are read as strictly as a page's, and SQL is not among what is generated. */
function generatedPlan(history: History, { schema, migrations }: Known, shown: string): Plan {
  const { applied } = history
  const steps = orderMigrations(applied.map(({ version, name, up, down }) => ({ version, name, up, down })))
  for (const [index, step] of steps.entries())
    if ([...step.up, ...step.down].some(isSql) || checksumOf(step) !== applied[index]?.checksum)
      throw new UsageError(`${shown}: its history of migrations is damaged (${printable(titleOf(step))})`)
  const tables = earlierTables(steps, shown)
  const base = { applied, steps, generated: true }
  if (migrations.length > 0) {
    // Throws when they do not lead to these tables. The target takes them over as any database of the app does.
    adoptMigrations(migrations, { ...history, tables: canonicalJson(tables) })
    return { ...base, tables, behind: 'the app has written migrations since' }
  }
  const { additions, differences } = compareTables(tables, tablesOf(schema))
  const [difference] = differences
  if (difference) throw new UsageError(`${shown} is of another schema: ${printable(difference.text)}`)
  const behind = additions.length > 0 ? 'the schema has grown' : undefined
  return { ...base, tables: behind === undefined ? tablesOf(schema) : tables, behind }
}

/**
 * Tables and columns that the schema does not have: they would be lost.
 * @throws UsageError naming them
 */
export async function refuseUnknown(side: Side, { tables }: Plan, leftOut: readonly string[]): Promise<void> {
  const { inspector } = side.dialect.migrations
  const names = await side.run(inspector.tableNames())
  const unknown = names.filter(
    (name) => !Object.hasOwn(tables, name) && !isInternal(name) && !leftOut.includes(name),
  )
  for (const [name, { columns }] of Object.entries(tables))
    for (const column of await side.run(inspector.columnNames(name)))
      if (!Object.hasOwn(columns, column) && !leftOut.includes(`${name}.${column}`))
        unknown.push(`${name}.${column}`)
  if (unknown.length === 0) return
  throw new UsageError(
    `${side.address.shown} holds what the schema does not have: ${printable(unknown.join(', '))}. To copy the rest, say --leave-out ${printable(unknown[0] as string)}`,
  )
}

/** The engine's own tables and those of the database itself. */
function isInternal(name: string): boolean {
  return /^(?:sqlite_|_dbal_)/i.test(name)
}

/**
 * The head of an audit log that holds.
 * @throws UsageError naming the first entry that does not
 */
export async function verifiedHead(side: Side): Promise<AuditHead> {
  const { firstBad, head } = await side.run(verifyEntries(null))
  if (!firstBad) return head
  throw new UsageError(`${side.address.shown}: entry ${firstBad.seq} of the audit log ${firstBad.reason}`)
}

/** @throws UsageError with the first problems that the database finds in itself */
export async function refuseDamaged(side: Side): Promise<void> {
  const problems = await side.driver.checkIntegrity()
  if (problems.length === 0) return
  throw new UsageError(`${side.address.shown} is damaged: ${printable(problems.slice(0, 3).join('; '))}`)
}
