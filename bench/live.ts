/**
 * `npm run bench:live [-- --rounds 9] [--write]`: what live queries cost the engine, in this process over `node:sqlite`: no
 * port hides it, and in memory no disk either. Figures are medians of the rounds. `--write` puts them into
 * docs/performance.md.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { Engine } from '../src/engine/engine.ts'
import type { Session } from '../src/engine/session.ts'
import type { Event } from '../src/protocol/event.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, write: { type: 'boolean', default: false } },
})
const rounds = Number(options.rounds)
const rowCount = 10_000
const writes = 300

const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      folder: f.string({ required: true }),
      title: f.string({ required: true }),
      rank: f.integer({ required: true }),
      isOpen: f.boolean({ default: true }),
      createdAt: f.createdAt(),
      updatedAt: f.updatedAt(),
    },
    indexes: [['folder'], ['rank']],
    limits: { maximum: rowCount },
    rules: [
      { roles: ['god'], operations: ['create', 'read', 'update', 'delete'] },
      { roles: ['user'], operations: ['read'], rowFilter: 'isOpen = true and rank >= 0' },
    ],
  },
})

interface Bench {
  readonly engine: Engine
  readonly god: Caller
  readonly ids: readonly string[]
}

class Caller {
  readonly session: Session
  events = 0
  #request = 0

  constructor(engine: Engine, role: 'god' | 'user') {
    const principal = { role, userId: null, username: null, email: null, sessionId: null }
    const emit = (event: Event) => {
      if (event.type === 'live') this.events++
      if (event.type === 'liveError') throw new Error(event.error.message)
    }
    this.session = engine.connect({ principal, clientId: crypto.randomUUID(), emit })
  }

  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const id = ++this.#request
    const [reply] = await this.session.exchange({ ack: id, requests: [{ id, method, params }] })
    if (!reply || 'error' in reply) throw new Error(JSON.stringify(reply))
    return reply.result
  }
}

async function open(path = ':memory:'): Promise<Bench> {
  const driver = await openNodeSqlite(path)
  const engine = await Engine.open({
    schema,
    driver,
    clock: { now: () => Date.now(), after: () => () => {} },
    random: { bytes: (count) => randomBytes(count) },
    passwords: { hash: async (password) => password, verify: async () => false, isOutdated: () => false },
  })
  const god = new Caller(engine, 'god')
  const rows = Array.from({ length: rowCount }, (_, n) => ({
    folder: `f${n % 1_000}`,
    title: `note ${n}`,
    rank: n,
  }))
  const { ids } = (await god.call('createMany', 'Note', rows)) as { ids: string[] }
  return { engine, god, ids }
}

/** Milliseconds of one update, on average over many. */
async function timeUpdates(
  { god, ids }: Bench,
  patch: (n: number) => object,
  count = writes,
): Promise<number> {
  const from = performance.now()
  for (let n = 0; n < count; n++) await god.call('update', 'Note', ids[(n * 31) % ids.length], patch(n))
  return (performance.now() - from) / count
}

/** In turn, block by block, so that a busy moment of the machine hits both. */
async function timeBoth(left: Bench, right: Bench, patch: (n: number) => object): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let block = 0; block < 40; block++) {
    times[0].push(await timeUpdates(left, patch, 100))
    times[1].push(await timeUpdates(right, patch, 100))
  }
  return [median(times[0]), median(times[1])]
}

function median(times: readonly number[]): number {
  return [...times].sort((left, right) => left - right)[times.length >> 1] as number
}

/** A thousand live queries: half over one row, half over a folder; none of them is written to. */
async function addIdle({ engine }: Bench): Promise<void> {
  const idle = new Caller(engine, 'user')
  for (let n = 0; n < 1_000; n++) {
    const filter = n % 2 === 0 ? { id: crypto.randomUUID() } : { folder: `none ${n}` }
    await idle.call('live.open', 'Note', { filter }, n)
  }
}

/** As the worker has it: a file with a write-ahead log that is flushed at each commit. */
async function onDisk(): Promise<[number, number]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-live-'))
  try {
    const left = await open(join(folder, 'left.sqlite'))
    const right = await open(join(folder, 'right.sqlite'))
    await addIdle(right)
    const patch = (n: number) => ({ title: `title ${n} ${Math.random()}` })
    await timeBoth(left, right, patch)
    const times = await timeBoth(left, right, patch)
    await left.engine.close()
    await right.engine.close()
    return times
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function round(): Promise<readonly number[]> {
  const bench = await open()
  const { engine, god } = bench
  const other = await open()
  const patch = (n: number) => ({ title: `title ${n} ${Math.random()}` })
  await addIdle(bench)
  await timeBoth(other, bench, patch) // until both are warm
  const [alone, besideIdle] = await timeBoth(other, bench, patch)

  const scanning = new Caller(engine, 'user')
  for (let n = 0; n < 1_000; n++)
    await scanning.call('live.open', 'Note', { filter: { rank: { gt: 1e9 + n } } }, n)
  const [, besideScanning] = await timeBoth(other, bench, patch)
  scanning.session.close()

  const whole = new Caller(engine, 'user')
  await whole.call('live.open', 'Note', { sort: { title: 'asc' }, limit: rowCount }, 1)
  const changed = await timeUpdates(bench, (n) => ({ rank: n * 2 + 1 }))
  const moved = await timeUpdates(bench, patch)
  if (whole.events < 2 * writes) throw new Error('the live query was not told of every write')
  whole.session.close()

  const bulk = new Caller(engine, 'user')
  await bulk.call('live.open', 'Note', { sort: { rank: 'desc' }, limit: 100 }, 1)
  const from = performance.now()
  await god.call('updateMany', 'Note', { isOpen: true }, { folder: 'all' })
  const bulkTime = performance.now() - from
  if (bulk.events !== 2) throw new Error('a bulk write is told once')
  await engine.close()
  await other.engine.close()
  return [alone, besideIdle, besideScanning, changed - alone, moved - alone, bulkTime, ...(await onDisk())]
}

const results: (readonly number[])[] = []
for (let n = 0; n < rounds; n++) results.push(await round())
const medians = Array.from({ length: 8 }, (_, at) => at).map((column) =>
  median(results.map((one) => one[column] as number)),
)
const [
  alone = 0,
  besideIdle = 0,
  besideScanning = 0,
  changed = 0,
  moved = 0,
  bulkTime = 0,
  aloneOnDisk = 0,
  besideOnDisk = 0,
] = medians
const percent = (time: number, base = alone) => `${(((time - base) / base) * 100).toFixed(1)} % more`
const table = [
  '| what | ms | |',
  '|---|---:|---|',
  `| one update on disk, nobody listens | ${aloneOnDisk.toFixed(3)} | |`,
  `| the same beside 1,000 live queries over other rows, by id and by folder | ${besideOnDisk.toFixed(3)} | ${percent(besideOnDisk, aloneOnDisk)} |`,
  `| one update in memory, nobody listens | ${alone.toFixed(3)} | |`,
  `| the same beside 1,000 live queries over other rows, by id and by folder | ${besideIdle.toFixed(3)} | ${percent(besideIdle)} |`,
  `| the same beside 1,000 live queries that ask for no value (rank > …) | ${besideScanning.toFixed(3)} | ${percent(besideScanning)} |`,
  `| a live query over 10,000 rows told of one changed row | ${changed.toFixed(3)} | beside the update itself |`,
  `| the same, the row moves to another place | ${moved.toFixed(3)} | beside the update itself |`,
  `| updateMany of 10,000 rows under a live query of 100 | ${bulkTime.toFixed(1)} | one event |`,
].join('\n')
console.log(`\n${table}`)
if (options.write) {
  const file = resolve(import.meta.dirname, '../docs/performance.md')
  const machine = `${cpus().length} cores, Node ${process.version}, medians of ${rounds} rounds.`
  const text = readFileSync(file, 'utf8').replace(
    /<!-- live -->[\s\S]*<!-- \/live -->/,
    `<!-- live -->\n\n${machine}\n\n${table}\n\n<!-- /live -->`,
  )
  writeFileSync(file, text)
}
