/**
 * `npm run bench:daemon [-- --databases sqlite,postgresql,mariadb --rounds 3 --seconds 5 --connections 100 --held 2000 --write]`:
 * what a daemon does with many connections, with validation, rules and audit on and the limits of requests off, beside a
 * bare socket over the same driver (bare.ts) and the driver alone, one after the other in each round. The databases flush
 * every commit. `--write` puts the figures, medians of the rounds, into docs/performance.md.
 */

import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openDriver } from '../../daemon/open-driver.ts'
import { mariaDb, type OpenBackend, postgres, sqlite } from '../../test/support/backends.ts'
import { connectMany, type Line, load, type Rate } from './lines.ts'
import { type Contender, password, startBare, startDaemon } from './processes.ts'
import { bareStatements } from './statements.ts'

const { values } = parseArgs({
  options: {
    databases: { type: 'string', default: 'sqlite,postgresql,mariadb' },
    connections: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    held: { type: 'string', default: '2000' },
    write: { type: 'boolean', default: false },
  },
})
const [connections, seconds, rounds, held] = [
  values.connections,
  values.seconds,
  values.rounds,
  values.held,
].map(Number) as [number, number, number, number]
if (rounds % 2 === 0) throw new Error('--rounds must be odd: the figures are medians')
const backends = [sqlite, postgres, mariaDb].filter(({ name }) =>
  values.databases.split(',').includes(name.toLowerCase()),
)

const contenders = ['ours', 'bare', 'alone'] as const
const works = ['point reads', 'durable creates'] as const
type Work = (typeof works)[number]
/** `busyMs`: processor time of the contender's process for one answer. */
type Figures = Rate & { readonly busyMs: number }
type Measured = Record<Work, Figures>

/** Slugs of pages that nobody has. */
let made = 0
const page = () => ({ slug: `bench-${++made}`, title: 'Page', level: 1 })

async function measure(
  contender: Contender,
  lines: readonly Line[],
  ids: readonly string[],
): Promise<Measured> {
  const line = (caller: number) => lines[caller] as Line
  return await inTurn(
    (work, caller, at) =>
      work === 'point reads'
        ? line(caller).ask('read', ['PageConfig', ids[at % ids.length]])
        : line(caller).ask('create', ['PageConfig', page()]),
    contender.busyMs,
  )
}

/** Each kind of work, after a moment of it that is not counted: what has just begun is not yet compiled. */
async function inTurn(
  ask: (work: Work, caller: number, at: number) => Promise<unknown>,
  busyMs = () => 0,
): Promise<Measured> {
  const measured: Partial<Record<Work, Figures>> = {}
  for (const work of works) {
    const once = (caller: number, at: number) => ask(work, caller, at)
    await load(connections, 1, once)
    const before = busyMs()
    const rate = await load(connections, seconds, once)
    measured[work] = { ...rate, busyMs: (busyMs() - before) / rate.count }
  }
  return measured as Measured
}

async function beside<Result>(
  starting: Promise<Contender>,
  work: (contender: Contender) => Promise<Result>,
): Promise<Result> {
  const contender = await starting
  try {
    return await work(contender)
  } finally {
    await contender.end()
  }
}

async function signedIn(endpoint: string): Promise<readonly [Line, ...Line[]]> {
  const [first, ...others] = (await connectMany(endpoint, connections)) as [Line, ...Line[]]
  const { accessToken } = (await first.ask('auth.login', [{ username: 'root', password }])) as {
    accessToken: string
  }
  await Promise.all(others.map((line) => line.ask('auth.resume', [{ token: accessToken }])))
  return [first, ...others]
}

/** The ids of a thousand pages. */
function seed(url: string): Promise<string[]> {
  return beside(startDaemon(url), async ({ endpoint }) => {
    const [line] = await signedIn(endpoint)
    const made = Array.from({ length: 1_000 }, () => line.ask('create', ['PageConfig', page()]))
    return (await Promise.all(made)).map((row) => (row as { id: string }).id)
  })
}

async function alone(url: string, ids: readonly string[]): Promise<Measured> {
  const { driver } = await openDriver({ url, durability: 'strict' })
  const statements = bareStatements(driver)
  try {
    return await inTurn((work, _, at) =>
      work === 'point reads'
        ? statements.read(ids[at % ids.length] as string)
        : statements.create(randomUUID(), page()),
    )
  } finally {
    await driver.close()
  }
}

async function round(
  url: string,
  ids: readonly string[],
): Promise<Record<(typeof contenders)[number], Measured>> {
  return {
    ours: await beside(startDaemon(url), async (daemon) =>
      measure(daemon, await signedIn(daemon.endpoint), ids),
    ),
    bare: await beside(startBare(url), async (bare) =>
      measure(bare, await connectMany(bare.endpoint, connections), ids),
    ),
    alone: await alone(url, ids),
  }
}

type Shown = Omit<Figures, 'count'>

const median = (numbers: readonly number[]) =>
  [...numbers].sort((left, right) => left - right)[numbers.length >> 1] as number
const whole = (value: number) => Math.round(value).toLocaleString('en')

async function rowsOf(name: string, { url }: OpenBackend): Promise<string[]> {
  const ids = await seed(url)
  const taken: Awaited<ReturnType<typeof round>>[] = []
  for (let count = 0; count < rounds; count++) taken.push(await round(url, ids))
  return works.map((work) => {
    const [ours, bare, driver] = contenders.map((contender) => {
      const of = (figure: keyof Figures) => median(taken.map((one) => one[contender][work][figure]))
      return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), busyMs: of('busyMs') }
    }) as [Shown, Shown, Shown]
    const row = [
      `${work}, ${name}`,
      ...[whole(ours.perSecond), ours.p50.toFixed(1), ours.p99.toFixed(1)],
      ...[whole(bare.perSecond), (bare.perSecond / ours.perSecond).toFixed(2)],
      ...[ours.busyMs.toFixed(3), bare.busyMs.toFixed(3)],
      ...[whole(driver.perSecond), (driver.perSecond / ours.perSecond).toFixed(1)],
    ]
    console.log(row.join(' · '))
    return `| ${row.join(' | ')} |`
  })
}

function hold({ url }: OpenBackend): Promise<string> {
  return beside(startDaemon(url), async (daemon) => {
    const before = daemon.residentMB()
    const lines: Line[] = []
    while (lines.length < held)
      lines.push(...(await connectMany(daemon.endpoint, Math.min(100, held - lines.length))))
    await Promise.all(
      lines.map((line) => line.ask('live.open', ['PageConfig', { filter: { slug: 'p1' } }, 1])),
    )
    const after = daemon.residentMB()
    for (const line of lines) line.close()
    return `${whole(held)} connections with a live query each: ${whole(after)} MB resident, ${whole(before)} MB before them.`
  })
}

const rows: string[] = []
let kept = ''
for (const backend of backends) {
  const database = await backend.open({ isDurable: true })
  try {
    rows.push(...(await rowsOf(backend.name, database)))
    if (backend === sqlite) kept = await hold(database)
  } finally {
    await database.close()
  }
}
const table = [
  '| what | daemon, a second | p50 ms | p99 ms | bare socket, a second | bare ÷ daemon | processor ms for one: daemon | bare | driver alone, a second | alone ÷ daemon |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...rows,
].join('\n')
console.log(`\n${table}\n\n${kept}`)
if (values.write) {
  const path = resolve(import.meta.dirname, '../../docs/performance.md')
  const machine = `${cpus().length} cores, Node ${process.version}, ${connections} callers, medians of ${rounds} rounds of ${seconds} seconds.`
  const text = readFileSync(path, 'utf8').replace(
    /<!-- daemon -->[\s\S]*<!-- \/daemon -->/,
    `<!-- daemon -->\n\n${machine}\n\n${table}\n\n${kept}\n\n<!-- /daemon -->`,
  )
  writeFileSync(path, text)
}
