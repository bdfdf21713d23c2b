/**
 * `npm run bench:daemon`: what a daemon over node:sqlite does with many connections, beside the driver alone. The daemon has
 * a process of its own, the clients share this one. Limits of requests are off, validation, rules and audit are on.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    held: { type: 'string', default: '2000' },
  },
})
const [connections, seconds, held] = [values.connections, values.seconds, values.held].map(Number) as [
  number,
  number,
  number,
]
const folder = mkdtempSync(join(tmpdir(), 'dbal-bench-'))
const password = 'Correct-horse-9'

const daemon = spawn(process.execPath, [join(import.meta.dirname, '../daemon/main.ts')], {
  env: {
    DBAL_SERVER_PORT: '0',
    DBAL_DATABASE_URL: `file:${folder}/app.sqlite`,
    DBAL_SECURITY_RATE_LIMIT_ENABLED: 'false',
    DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
    DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})

interface Line {
  ask(method: string, params: readonly unknown[]): Promise<unknown>
  close(): void
}

async function connect(endpoint: string): Promise<Line> {
  const socket = new WebSocket(endpoint, { perMessageDeflate: false })
  const waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>()
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    if (message.id !== undefined) waiting.delete(message.id)
  })
  await once(socket, 'open')
  let last = 0
  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, ({ result, error }) =>
          error ? reject(new Error(JSON.stringify(error))) : resolve(result),
        )
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => socket.terminate(),
  }
}

/** Every connection asks again as soon as it is answered. */
async function load(
  name: string,
  lines: readonly Line[],
  ask: (line: Line, at: number) => Promise<unknown>,
): Promise<number> {
  const times: number[] = []
  const end = performance.now() + seconds * 1_000
  await Promise.all(
    lines.map(async (line, one) => {
      for (let at = one; performance.now() < end; at += lines.length) {
        const start = performance.now()
        await ask(line, at)
        times.push(performance.now() - start)
      }
    }),
  )
  times.sort((left, right) => left - right)
  const rate = Math.round(times.length / seconds)
  const p = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1)
  console.log(`${name.padEnd(42)} ${String(rate).padStart(8)}/s   p50 ${p(0.5)} ms   p99 ${p(0.99)} ms`)
  return rate
}

function alone(name: string, run: () => void): void {
  let count = 0
  const end = performance.now() + 1_000
  while (performance.now() < end) for (let at = 0; at < 20; at++, count++) run()
  console.log(`${name.padEnd(42)} ${String(count).padStart(8)}/s`)
}

const residentMB = ({ pid }: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024

try {
  const endpoint = await new Promise<string>((resolve) => {
    daemon.stdout.on('data', (data) => {
      const found = /"endpoint":"([^"]+)"/.exec(String(data))?.[1]
      if (found) resolve(found)
    })
  })
  const lines = await Promise.all(Array.from({ length: connections }, () => connect(endpoint)))
  const [root] = lines as [Line, ...Line[]]
  const { accessToken } = (await root.ask('auth.login', [{ username: 'root', password }])) as {
    accessToken: string
  }
  await Promise.all(lines.slice(1).map((line) => line.ask('auth.resume', [{ token: accessToken }])))
  const ids: string[] = []
  for (let at = 0; at < 1_000; at++) {
    const page = { slug: `p${at}`, title: 'Page', level: 1 }
    ids.push(((await root.ask('create', ['PageConfig', page])) as { id: string }).id)
  }
  await load(`point reads, ${connections} connections`, lines, (line, at) =>
    line.ask('read', ['PageConfig', ids[at % ids.length]]),
  )
  let made = 0
  await load(`durable creates, ${connections} connections`, lines, (line) =>
    line.ask('create', ['PageConfig', { slug: `w${++made}`, title: 'Page', level: 1 }]),
  )
  for (const line of lines) line.close()

  const driver = openNodeSqlite(`${folder}/alone.sqlite`)
  const connection = await driver.acquire()
  connection.execute(
    { sql: 'create table t (id text primary key, slug text, title text, level integer)', columns: [] },
    [],
    0,
  )
  const insert = { sql: 'insert into t values (?, ?, ?, ?)', columns: [] }
  const read = { sql: 'select * from t where id = ?', columns: ['text', 'text', 'text', 'integer'] as const }
  let row = 0
  alone(
    'the driver alone: inserts',
    () => void connection.execute(insert, [`i${++row}`, 'slug', 'Page', 1], 0),
  )
  alone('the driver alone: point reads', () => void connection.execute(read, [`i${1 + (row++ % 1_000)}`], 0))
  connection.release()
  driver.close()

  const before = residentMB(daemon)
  const many: Line[] = []
  for (let at = 0; at < held; at += 100)
    many.push(...(await Promise.all(Array.from({ length: 100 }, () => connect(endpoint)))))
  await Promise.all(many.map((line) => line.ask('live.open', ['PageConfig', { filter: { slug: 'p1' } }, 1])))
  console.log(
    `${many.length} connections with a live query each: ${residentMB(daemon).toFixed(0)} MB resident, ${before.toFixed(0)} MB before`,
  )
  for (const line of many) line.close()
} finally {
  daemon.kill('SIGTERM')
  await once(daemon, 'exit')
  rmSync(folder, { recursive: true })
}
