/** `node test/conformance/report.ts`: writes docs/conformance.md, how many cases there are of what and where they run. */

import { writeFile } from 'node:fs/promises'
import { argv } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cells, expected, type Outcome, operationNames, roles } from '../access-matrix.cells.ts'
import { type Exception, exceptions } from './exceptions.ts'
import { topics } from './topics.ts'

export const backends = {
  'node:sqlite': 'SQLite of Node, the client over the local transport',
  'sqlite-wasm in memory': 'the WebAssembly build in Node, the client over the local transport',
  'daemon over node:sqlite': 'SQLite of Node, the client over its WebSocket transport',
  PostgreSQL: 'PostgreSQL 18, the client over the local transport',
  MariaDB:
    'MariaDB 10.11, the client over the local transport; left out, with a line that says so, where there is no mariadbd',
  MySQL:
    'MySQL 9.7, the client over the local transport, by `npm run test:mysql`; left out where there is no mysqld of it',
  browser: 'Chromium, the client over the worker transport, in OPFS and in memory',
} as const

export const reportPath = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))

export function reportText(): string {
  const names = Object.keys(backends)
  const outside = (topic: string, backend: string) =>
    exceptions.filter((one) => one.backend === backend && one.topic === topic).length
  const rows = topics.map(({ topic, cases }) => [
    topic,
    ...[cases.length, ...names.map((backend) => cases.length - outside(topic, backend))],
  ])
  const sums = ['**all**', ...['cases', ...names].map((_, at) => sumOf(rows, at + 1))]
  const steps = topics.flatMap(({ cases }) => cases).reduce((sum, { steps }) => sum + steps.length, 0)
  return `# Conformance

<!-- Made by \`node test/conformance/report.ts\`; a test compares it with the cases. -->

The suite in \`test/conformance/\` holds a database to its reference. A case is plain data: who calls, what, and what must
come back, so that the same cases can be sent to any endpoint in any language. Its form is described in
\`test/conformance/case.ts\`, the markers of its values in \`values.ts\`, those of its expectations in \`match.ts\`.

Of every refused call the runner also checks the class and status of the error, the shape of its details, that it tells
nothing of SQL, files or stacks, and that neither a row nor a successful audit entry was stored.

## Cases

${sumOf(rows, 1)} cases with ${steps} steps, beside those that make the scene. A figure under a backend is the number of cases that
run there; each of them passes, or the run fails.

${table(['topic', 'cases', ...names], [...rows, sums])}

${names.map((name) => `- **${name}**: ${backends[name as keyof typeof backends]}.`).join('\n')}

\`npm test\` runs every case on all of them but MySQL and the browser, and the topics of everyday use in the browser; \`npm run test:faults\` runs
every case in the browser, in both storages; \`npm run test:mysql\` runs every case on MySQL.

## Any endpoint

\`npx dbal conformance --endpoint ws://… --username … --password …\` sends the cases to whatever speaks [the protocol](reference/protocol.md),
in any language: [how](guide/other-languages.md#proving-an-endpoint).

## Exceptions

${exceptionsText(exceptions)}

## Access matrix

\`test/access-matrix.test.ts\` carries out ${operationNames.length} operations for each of ${roles.length} roles on rows of each kind that a rule may tell apart, and
compares what happens, and what is stored afterwards, with a table written from [the reference](reference/access.md). The
operations: ${operationNames.join(', ')}.

${table(['entity', 'kinds of rows', 'allowed', 'empty', 'NOT_FOUND', 'FORBIDDEN', 'cells'], matrixRows())}
`
}

function matrixRows(): (string | number)[][] {
  const rows = Object.entries(cells).map(([entity, { kinds }]) => {
    const outcomes = kinds.flatMap((kind) =>
      roles.flatMap((role) => operationNames.map((name) => expected(entity, role, kind, name))),
    )
    const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length
    return [
      entity,
      kinds.length,
      ...(['allowed', 'empty', 'NOT_FOUND', 'FORBIDDEN'] as const).map(count),
      outcomes.length,
    ]
  })
  return [...rows, ['**all**', ...[1, 2, 3, 4, 5, 6].map((column) => sumOf(rows, column))]]
}

const sumOf = (rows: readonly (readonly (string | number)[])[], column: number): number =>
  rows.reduce((sum, row) => sum + Number(row[column]), 0)

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

function exceptionsText(list: readonly Exception[]): string {
  if (list.length === 0) return 'None: every backend runs every case.'
  const rows = list.map(({ backend, topic, name, reason }) => [backend, topic, name, reason])
  return [['backend', 'topic', 'case', 'reason'], ['---', '---', '---', '---'], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) await writeFile(reportPath, reportText())
