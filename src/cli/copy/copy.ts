/** `dbal copy`: a database from one place to another, and the proof that nothing was lost on the way. */

import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { metabuilderMigrations } from '../../../migrations/index.ts'
import { DriverError } from '../../drivers/driver.ts'
import type { AuditHead } from '../../engine/audit/audit-log.ts'
import { metabuilderSchema } from '../../schema/metabuilder/index.ts'
import { type Command, type Terminal, UsageError } from '../command.ts'
import { loadSchema } from '../load-schema.ts'
import { readMigrationsFolder } from '../migrations-folder.ts'
import { type Address, readAddress } from './address.ts'
import { copyDatabase, isEqual, rowsToCopy, takeSnapshot } from './copy-database.ts'
import { printPlan, printReport } from './print.ts'
import { countRows } from './rows.ts'
import { inWords, openSide, type Side } from './side.ts'
import { type Known, type Plan, readPlan, refuseDamaged, refuseUnknown, verifiedHead } from './source.ts'
import { targetState } from './target.ts'

const usage = `Usage: dbal copy --from <database> --to <database> [options]

Copies a database: its rows, its audit log entry by entry, its history of migrations. Then it compares both sides: the
number of rows and a checksum for each entity, and the head of the audit log. The exit code is 1 when anything differs;
until everything was found equal the target is marked as half a copy, which nobody can open. A copy that was stopped is
begun anew by the same command.

  <database>        a file (what "download" and client.export() give, or a daemon's), postgres://user:password@host/name
                    (?schema=… where it is not public), mysql:// or mariadb://user:password@host/name (?ssl=true for TLS
                    with the server's certificate checked), or env:NAME for a variable of the environment that holds one

The target must be empty. The source is only read, in the state that it has when the copy begins.

Options:
  --schema <file>         a module (.ts, .js) that exports the schema, or a .yaml or .json file
                          (default: the MetaBuilder schema)
  --migrations <folder>   where its migrations are (default: none; the schema makes its tables)
  --migrate               take a source that is older than the schema; the target is migrated when it is complete
  --tokens                copy sessions too, so that whoever is signed in stays so
  --leave-out <name>      a table, or table.column, of the source that the schema does not have; may be repeated
  --dry-run               look at both sides and say what would be copied; nothing is written`

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  schema: { type: 'string' },
  migrations: { type: 'string' },
  migrate: { type: 'boolean', default: false },
  tokens: { type: 'boolean', default: false },
  'leave-out': { type: 'string', multiple: true },
  'dry-run': { type: 'boolean', default: false },
} as const

export const copy: Command = {
  summary: 'copy a database between files, PostgreSQL, MySQL and MariaDB, and compare both',
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options })
    if (values.from === undefined || values.to === undefined) throw new UsageError(usage)
    const from = readAddress(values.from, '--from', terminal.folder)
    const to = readAddress(values.to, '--to', terminal.folder)
    refuseSame(from, to)
    const known = await readKnown(values, terminal)
    const source = await openSource(from)
    try {
      const { plan, head } = await inspectSource(source, known, values)
      if (values['dry-run'])
        return await tellOnly({ source, to, plan, head, tokens: values.tokens }, terminal)
      const target = await openSide(to, 'write')
      try {
        const report = await copyDatabase({
          source,
          target,
          plan,
          known,
          head,
          tokens: values.tokens,
          now: new Date().toISOString(),
          onProgress: progressTo(terminal),
        })
        printReport({ from: placeOf(source), to: placeOf(target), plan, report }, terminal)
        return isEqual(report) ? 0 : 1
      } catch (error) {
        throw inWords(error, to)
      } finally {
        await target.close()
      }
    } catch (error) {
      throw inWords(error, from)
    } finally {
      await source.close()
    }
  },
}

const placeOf = ({ address, driver: { server } }: Side) => ({ address, server })

function refuseSame(from: Address, to: Address): void {
  const real = ({ dialect, place }: Address) =>
    dialect === 'sqlite' && existsSync(place) ? realpathSync(place) : place
  if (real(from) === real(to)) throw new UsageError('--from and --to are the same database')
}

async function readKnown(
  values: { readonly schema?: string | undefined; readonly migrations?: string | undefined },
  { folder }: Terminal,
): Promise<Known> {
  if (values.schema === undefined) {
    if (values.migrations !== undefined) throw new UsageError('--migrations needs --schema')
    return { schema: metabuilderSchema, migrations: metabuilderMigrations }
  }
  const schema = await loadSchema(resolve(folder, values.schema))
  if (values.migrations === undefined) return { schema, migrations: [] }
  const { migrations } = await readMigrationsFolder(resolve(folder, values.migrations))
  if (migrations.length === 0) throw new UsageError(`${values.migrations} holds no migrations`)
  return { schema, migrations }
}

async function openSource(from: Address): Promise<Side> {
  if (from.dialect === 'sqlite' && !existsSync(from.place))
    throw new UsageError(`There is no file ${from.shown}`)
  return await openSide(from, 'read')
}

interface Wanted {
  readonly migrate: boolean
  readonly 'leave-out'?: readonly string[] | undefined
}

async function inspectSource(
  source: Side,
  known: Known,
  wanted: Wanted,
): Promise<{ readonly plan: Plan; readonly head: AuditHead }> {
  const { shown } = source.address
  await takeSnapshot(source)
  await refuseDamaged(source)
  const plan = await readPlan(source, known)
  if (plan.behind !== undefined && !wanted.migrate) {
    throw new UsageError(
      `${shown} is older than the code (${plan.behind}); open it with the app, or say --migrate to have the copy migrated`,
    )
  }
  await refuseUnknown(source, plan, wanted['leave-out'] ?? [])
  return { plan, head: await verifiedHead(source) }
}

interface Dry {
  readonly source: Side
  readonly to: Address
  readonly plan: Plan
  readonly head: AuditHead
  readonly tokens: boolean
}

async function tellOnly({ source, to, plan, head, tokens }: Dry, terminal: Terminal): Promise<number> {
  const state = await stateOf(to, plan)
  const counts: (readonly [string, number])[] = []
  for (const { table } of rowsToCopy(plan, tokens)) counts.push([table, await source.run(countRows(table))])
  printPlan({ from: placeOf(source), to: { address: to }, plan, counts, head, state }, terminal)
  return 0
}

async function stateOf(to: Address, plan: Plan) {
  // Opening would make it.
  if (to.dialect === 'sqlite' && !existsSync(to.place)) return 'empty'
  const target = await openSide(to, 'read').catch(missingOnly)
  if (!target) return 'empty'
  try {
    return await target.run(targetState(target, plan))
  } catch (error) {
    throw inWords(error, to)
  } finally {
    await target.close()
  }
}

/** On a server too the copy makes it. */
function missingOnly(error: unknown): undefined {
  const { cause } = error as { cause?: unknown }
  if (!(cause instanceof DriverError) || cause.code !== 'missing') throw error
}

/** A line now and then: a large table takes minutes. */
function progressTo({ print }: Terminal): (table: string, rows: number, of: number) => void {
  const every = 50_000
  let last = ''
  let next = every
  return (table, rows, of) => {
    if (table !== last) next = every
    last = table
    if (rows < next || rows >= of) return
    next = rows + every
    print(`${table}: ${rows.toLocaleString('en')} of ${of.toLocaleString('en')} rows`)
  }
}
