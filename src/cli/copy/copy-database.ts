/** One database into another: rows in pages, then everything compared, and only then is the target a database. */

import type { AuditHead } from '../../engine/audit/audit-log.ts'
import { entryColumns } from '../../engine/audit/entry.ts'
import { verifyEntries } from '../../engine/audit/verify.ts'
import { creationOrder } from '../../engine/migrate/ddl.ts'
import { prepareDatabase } from '../../engine/migrate/prepare.ts'
import { rollback } from '../../engine/transaction.ts'
import { ask } from '../../engine/work.ts'
import type { Table } from '../../schema/migration.ts'
import type { FieldType } from '../../schema/schema.ts'
import { UsageError } from '../command.ts'
import { RowsChecksum } from './canonical-row.ts'
import { addRows, countRows, type Rows, readPages, rowsOf, Writer } from './rows.ts'
import type { Side } from './side.ts'
import type { Known, Plan } from './source.ts'
import { clearHalf, finishTarget, prepareTarget, targetState } from './target.ts'

/** One line of the comparison. */
export interface Compared {
  readonly table: string
  readonly source: Tally
  readonly target: Tally
}

export interface Tally {
  readonly rows: number
  readonly checksum: string
}

export interface Report {
  readonly compared: readonly Compared[]
  readonly heads: { readonly source: AuditHead; readonly target: AuditHead | string }
  /** References of the target that lead nowhere. */
  readonly orphans: readonly string[]
  /** Version of the target now. */
  readonly version: number
}

export interface CopyOptions {
  readonly source: Side
  readonly target: Side
  readonly plan: Plan
  readonly known: Known
  /** Of the source's audit log, which was verified. */
  readonly head: AuditHead
  /** Whether sessions go on in the target. */
  readonly tokens: boolean
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string
  onProgress(table: string, rows: number, of: number): void
}

export function isEqual({ compared, heads, orphans }: Report): boolean {
  return (
    orphans.length === 0 &&
    compared.every(
      ({ source, target }) => source.rows === target.rows && source.checksum === target.checksum,
    ) &&
    sameHead(heads.source, heads.target)
  )
}

export function sameHead(source: AuditHead, target: AuditHead | string): boolean {
  if (typeof target === 'string') return false
  return source.seq === target.seq && source.hash === target.hash && source.root === target.root
}

/** What is no text in the audit log. Nothing of it is decoded: the hashes are over what is stored. */
const auditTypes: { readonly [column: string]: FieldType } = {
  seq: 'integer',
  rowCount: 'integer',
  success: 'integer',
  durationMs: 'number',
  requestId: 'any',
}

const auditRows: Rows = {
  table: '_dbal_audit',
  columns: entryColumns,
  types: entryColumns.map((name) => auditTypes[name] ?? 'text'),
  key: [0],
}

const tokenRows: Rows = {
  table: '_dbal_tokens',
  columns: ['hash', 'kind', 'userId', 'sessionId', 'expiresAt', 'spentAt'],
  types: ['text', 'text', 'text', 'text', 'integer', 'integer'],
  key: [0],
}

/** What is copied, in an order in which most rows come after those that they refer to. */
export function rowsToCopy({ tables }: Plan, tokens: boolean): Rows[] {
  const entities = creationOrder(tables).map((name) => rowsOf(name, tables[name] as Table))
  return [...entities, auditRows, ...(tokens ? [tokenRows] : [])]
}

/**
 * The target stays half a copy, which nobody opens, unless everything in it is equal.
 * @throws UsageError for a target that is not empty, or a row that it does not take
 */
export async function copyDatabase(options: CopyOptions): Promise<Report> {
  const { source, target, plan, head, known, now } = options
  await target.run(target.place.hold())
  let state = await target.run(targetState(target, plan))
  if (state === 'half') {
    await target.run(clearHalf(target))
    // Refuses what was not of the earlier copy.
    state = await target.run(targetState(target, plan))
  }
  await target.run(prepareTarget(target, plan, state, now))
  const suspended = await target.run(target.place.suspendReferences(plan.tables))
  const mostBytes = target.place.largestStatement
    ? (await target.run(target.place.largestStatement())) - statementBytes
    : Number.POSITIVE_INFINITY
  const written: (readonly [Rows, Tally])[] = []
  for (const rows of rowsToCopy(plan, options.tokens))
    written.push([rows, await copyRows(options, rows, mostBytes)])
  const orphans = await target.run(target.place.resumeReferences(plan.tables, suspended))
  const compared: Compared[] = []
  for (const [rows, tally] of written)
    compared.push({ table: rows.table, source: tally, target: await tallyOf(target, rows) })
  const { firstBad, head: found } = await target.run(verifyEntries(head))
  const targetHead = firstBad ? `entry ${firstBad.seq} ${firstBad.reason}` : found
  const heads = { source: head, target: targetHead }
  const report = { compared, heads, orphans, version: plan.applied.at(-1)?.version ?? 0 }
  if (!isEqual(report)) return report
  await target.run(finishTarget(target, plan))
  await source.run(rollback())
  const { dialect } = target
  // As the app will open it: this also does the migrations that the source did not have.
  const { version } = await target.run(prepareDatabase({ ...known, dialect, now, onProgress: () => {} }))
  return { ...report, version }
}

/** More than a statement of many rows has beside its parameters. */
const statementBytes = 64 * 1024

async function copyRows(
  { source, target, onProgress }: CopyOptions,
  rows: Rows,
  mostBytes: number,
): Promise<Tally> {
  const total = await source.run(countRows(rows.table))
  const checksum = new RowsChecksum()
  const writer = new Writer(target, rows, mostBytes)
  for await (const page of readPages(source, rows)) {
    addRows(checksum, rows, page, source.address.shown)
    await source.place.refuseInexact?.(source, rows, page)
    await writer.write(page)
    onProgress(rows.table, checksum.rows, total)
  }
  if (checksum.rows !== total)
    throw new UsageError(
      `${source.address.shown} is damaged: ${rows.table} counts ${total} rows, and ${checksum.rows} can be read`,
    )
  return { rows: total, checksum: checksum.digest() }
}

async function tallyOf(side: Side, rows: Rows): Promise<Tally> {
  const checksum = new RowsChecksum()
  for await (const page of readPages(side, rows)) addRows(checksum, rows, page, side.address.shown)
  return { rows: checksum.rows, checksum: checksum.digest() }
}

/** Reads from one state of the source, whatever others write meanwhile. */
export async function takeSnapshot(source: Side): Promise<void> {
  for (const statement of source.place.snapshot) await source.run(ask(statement, []))
}
