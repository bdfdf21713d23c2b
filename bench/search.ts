/**
 * `npm run bench:search [-- --rounds 9] [--write]`: what full-text search costs a write, and how long a search takes, in
 * this process over `node:sqlite` in memory. Figures are medians of the rounds, in processor time. `--write` puts them into
 * docs/performance.md.
 */

import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { Engine } from '../src/engine/engine.ts'
import type { Session } from '../src/engine/session.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, write: { type: 'boolean', default: false } },
})
const rounds = Number(options.rounds)
const rowCount = 20_000
const writes = 500

/** Common ones first, as in a language: the n-th is about n times as rare as the first. */
const words = Array.from({ length: 5_000 }, (_, n) => `w${n.toString(36)}`)
let seed = 1
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}
const word = () => words[Math.floor(words.length ** random()) - 1] as string
const text = (count: number) => Array.from({ length: count }, word).join(' ')

const schemaWith = (search: readonly string[]) =>
  defineSchema({
    Note: {
      fields: { id: f.id(), title: f.string({ required: true }), body: f.text(), createdAt: f.createdAt() },
      search,
      rules: [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }],
    },
  })

type Call = (method: string, ...params: unknown[]) => Promise<unknown>

async function open(search: readonly string[]): Promise<{ readonly call: Call; readonly engine: Engine }> {
  const engine = await Engine.open({
    schema: schemaWith(search),
    driver: openNodeSqlite(':memory:'),
    clock: { now: () => Date.now(), after: () => () => {} },
    random: { bytes: (count) => randomBytes(count) },
    passwords: { hash: async (password) => password, verify: async () => false, isOutdated: () => false },
  })
  const session: Session = engine.connect({
    principal: { role: 'god', userId: null, username: null, email: null, sessionId: null },
    clientId: crypto.randomUUID(),
    emit: () => {},
  })
  let id = 0
  const call: Call = async (method, ...params) => {
    const [reply] = await session.exchange({ ack: ++id, requests: [{ id, method, params }] })
    if (!reply || 'error' in reply) throw new Error(JSON.stringify(reply))
    return reply.result
  }
  return { engine, call }
}

/** Processor time, so that it does not matter what else the machine does: all of it is computing, in one thread. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(from)
  return (user + system) / 1000
}

const median = (values: readonly number[]) =>
  [...values].sort((left, right) => left - right)[values.length >> 1] as number

/** Median of the rounds, in milliseconds; contenders take turns. */
async function inTurn(...contenders: readonly (() => Promise<number>)[]): Promise<number[]> {
  const times = contenders.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) times[at]?.push(await contender())
  }
  return times.map(median)
}

const lines: (readonly [what: string, figure: string, beside: string])[] = []
const milliseconds = (value: number) => value.toFixed(value < 1 ? 3 : 1)

const [plain, searched] = [await open([]), await open(['title', 'body'])]
const creating = (call: Call) => async () => {
  const notes = Array.from({ length: writes }, () => ({ title: text(6), body: text(30) }))
  return (
    (await timed(async () => {
      for (const note of notes) await call('create', 'Note', note)
    })) / writes
  )
}
const [without, within] = (await inTurn(creating(plain.call), creating(searched.call))) as [number, number]
lines.push(['an awaited create of a row of 36 words, without search fields', milliseconds(without), ''])
lines.push([
  'the same with search fields',
  milliseconds(within),
  `${((within / without - 1) * 100).toFixed(1)} % more`,
])
await plain.engine.close()
await searched.engine.close()

const { call, engine } = await open(['title', 'body'])
for (let from = 0; from < rowCount; from += 2_000) {
  const notes = Array.from({ length: 2_000 }, () => ({ title: text(6), body: text(30) }))
  await call('createMany', 'Note', notes)
}
const searching = (query: string) => () => timed(() => call('search', 'Note', query))
const count = rowCount.toLocaleString('en')
const first = await searching('w1 ')()
lines.push([`the first search after ${count} new rows`, milliseconds(first), 'what waited is indexed'])
const queries = [
  ['a rare word', 'w3s0 ', 'in a few rows'],
  ['two words', 'w5k wa1 ', ''],
  ['a phrase', '"w3 w4"', ''],
  ['a common word', 'w5 ', 'in most rows: each is ranked'],
  ['the beginning of words', 'w2', 'in most rows'],
] as const
for (const [what, query, beside] of queries) {
  const [time] = (await inTurn(searching(query))) as [number]
  lines.push([`${what} in ${count} rows`, milliseconds(time), beside])
}
const [after] = (await inTurn(async () => {
  await call('create', 'Note', { title: text(6), body: text(30) })
  return searching('w3s0 ')()
})) as [number]
lines.push(['a rare word after one new row', milliseconds(after), ''])
await engine.close()

const table = [
  '| what | ms | |',
  '|---|---:|---|',
  ...lines.map(([what, figure, beside]) => `| ${what} | ${figure} | ${beside} |`),
].join('\n')
console.log(table)
if (options.write) {
  const path = resolve(import.meta.dirname, '../docs/performance.md')
  const page = readFileSync(path, 'utf8')
  const place = /<!-- search -->[\s\S]*<!-- \/search -->/
  if (!place.test(page)) throw new Error('docs/performance.md has no place for these figures')
  const about = `${cpus().length} cores, Node ${process.version}, medians of ${rounds} rounds.`
  writeFileSync(
    path,
    page.replace(place, () => `<!-- search -->\n\n${about}\n\n${table}\n\n<!-- /search -->`),
  )
}
