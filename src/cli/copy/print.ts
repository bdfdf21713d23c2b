/** What the command says of a copy. */

import type { DialectName, Driver } from '../../drivers/driver.ts'
import type { AuditHead } from '../../engine/audit/audit-log.ts'
import type { Terminal } from '../command.ts'
import { type Address, printable } from './address.ts'
import { type Compared, isEqual, type Report, sameHead } from './copy-database.ts'
import type { Plan } from './source.ts'
import type { TargetState } from './target.ts'

const names: { readonly [Name in DialectName]: string } = {
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
  mysql: 'MySQL or MariaDB',
}

/** The engine's own tables, in words. */
const ownTables: Readonly<Record<string, string>> = { _dbal_audit: 'audit entries', _dbal_tokens: 'sessions' }
const tableTitle = (name: string) => printable(ownTables[name] ?? name)
const count = (rows: number) => rows.toLocaleString('en')
const version = ({ applied }: Plan) => applied.at(-1)?.version ?? 0
const place = ({ address: { shown, dialect }, server }: Place) =>
  `${shown} (${server ? { mariadb: 'MariaDB', mysql: 'MySQL' }[server] : names[dialect]})`

interface Place {
  readonly address: Address
  /** Where it has been asked what it is. */
  readonly server?: Driver['server']
}

interface Copied {
  readonly from: Place
  readonly to: Place
  readonly plan: Plan
  readonly report: Report
}

export function printReport({ from, to, plan, report }: Copied, { print }: Terminal): void {
  const { compared, heads, orphans } = report
  print(`From  ${place(from)}, version ${version(plan)}\nTo    ${place(to)}\n`)
  const lines = compared.map(lineOf)
  lines.push([
    'audit head',
    count(heads.source.seq),
    typeof heads.target === 'string' ? '' : count(heads.target.seq),
    short(heads.source.root),
    typeof heads.target === 'string' ? '' : short(heads.target.root),
    sameHead(heads.source, heads.target) ? 'equal' : 'DIFFERENT',
  ])
  print(table(['', 'rows', 'copied', 'checksum', 'of the copy', ''], lines))
  if (typeof heads.target === 'string') print(`\nIn the target ${heads.target}.`)
  for (const orphan of orphans) print(`\nIn the target ${printable(orphan)}.`)
  if (!isEqual(report)) {
    print('\nThe copy differs from its source. It stays marked as half a copy, and nobody can open it.')
    return
  }
  const rows = compared.reduce((sum, { source }) => sum + source.rows, 0)
  print(`\nEverything is equal: ${count(rows)} rows in ${compared.length} tables.`)
  if (report.version !== version(plan)) print(`The copy was migrated to version ${report.version}.`)
  print(`The head of the audit log: ${JSON.stringify(heads.source)}`)
}

function lineOf({ table: name, source, target }: Compared): readonly string[] {
  const equal = source.rows === target.rows && source.checksum === target.checksum
  return [
    tableTitle(name),
    count(source.rows),
    count(target.rows),
    short(source.checksum),
    short(target.checksum),
    equal ? 'equal' : 'DIFFERENT',
  ]
}

/** As much of a checksum as a person compares. */
const short = (checksum: string) => checksum.slice(0, 16)

interface Planned {
  readonly from: Place
  readonly to: Place
  readonly plan: Plan
  readonly counts: readonly (readonly [table: string, rows: number])[]
  readonly head: AuditHead
  readonly state: TargetState
}

const states: { readonly [State in TargetState]: string } = {
  empty: 'empty; its tables will be made',
  prepared: 'has its tables, which are empty',
  half: 'half a copy; it will be begun anew',
}

export function printPlan({ from, to, plan, counts, head, state }: Planned, { print }: Terminal): void {
  print(`From  ${place(from)}, version ${version(plan)}\nTo    ${place(to)}: ${states[state]}\n`)
  print(
    table(
      ['', 'rows'],
      counts.map(([name, rows]) => [tableTitle(name), count(rows)]),
    ),
  )
  if (plan.behind !== undefined) print(`\nThe copy will be migrated: ${plan.behind}.`)
  print(`\nThe audit log holds. Its head: ${JSON.stringify(head)}\nNothing was written.`)
}

/** Columns two spaces apart; the numbers of rows stand to the right. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [head, ...lines]
  const widths = head.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)))
  return all
    .map((line) =>
      line
        .map((cell, at) => {
          const width = widths[at] as number
          return at === 1 || (at === 2 && head.length > 2) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
