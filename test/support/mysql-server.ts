/**
 * MariaDB and MySQL for tests: the installed server over a temporary folder, on a free port. One for each test file that
 * asks for it; its databases are made as they are needed.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { createConnection as connectTo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MysqlOptions, openMysql } from '../../src/drivers/mysql.ts'

export interface TestMysqlServer {
  /** Where it listens and who may come in. */
  readonly options: MysqlOptions & { readonly port: number }
  /** A name that no other database has. */
  freshName(): string
  /** Of the name that was made last. */
  lastNumber(): number
  /** A driver over an empty database. */
  open(options?: MysqlOptions): ReturnType<typeof openMysql>
  /** Stops the server, whoever is connected; its data stay. */
  interrupt(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** What is other between the two. */
export interface ServerPrograms {
  readonly title: string
  readonly server: string
  /** Makes the folder of a new server. */
  install(folders: { readonly data: string; readonly temporary: string }): {
    readonly program: string
    readonly args: readonly string[]
  }
  readonly args: readonly string[]
  /** Of its own, that spare it flushes. */
  readonly hasty?: readonly string[]
}

/** The server does not run as root, and needs nothing of its own user. */
const user = process.getuid?.() === 0 ? 'nobody' : undefined

/** @param options `isDurable`: every commit is flushed; tests lose nothing that is worth it */
const withoutFlushes = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-file-per-table=0',
]

/** @param options `isDurable`: every commit is flushed; tests lose nothing that is worth it */
export async function startServer(
  programs: ServerPrograms,
  { isDurable = false }: { readonly isDurable?: boolean } = {},
): Promise<TestMysqlServer> {
  const { title } = programs
  const folder = mkdtempSync(join(isDurable ? tmpdir() : quickFolder(), `dbal-${title.toLowerCase()}-`))
  // Its own: a server that starts removes every temporary table in the folder, a running neighbour's too.
  const temporary = join(folder, 'temporary')
  mkdirSync(temporary)
  if (user) {
    spawnSync('chown', [user, folder, temporary])
    chmodSync(folder, 0o755)
  }
  const asUser = user ? [`--user=${user}`] : []
  const data = join(folder, 'data')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const { program, args: installing } = programs.install({ data, temporary })
  const made = spawnSync(program, ['--no-defaults', ...asUser, ...installing], { encoding: 'utf8' })
  if (made.status !== 0) {
    remove()
    throw new Error(`${title} could not make its folder: ${made.stderr || made.stdout}`)
  }
  const port = await freePort()
  const log = join(folder, 'log')
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--log-error=${log}`,
    // Defaults that are not the engine's, so that nothing can rely on them.
    '--character-set-server=latin1',
    '--collation-server=latin1_swedish_ci',
    '--default-time-zone=+05:30',
    '--max-connections=80',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=64M',
    ...programs.args,
    ...(isDurable ? [] : [...withoutFlushes, ...(programs.hasty ?? [])]),
  ]
  // The server itself becomes the other user.
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(programs.server, [...args, ...asUser], { stdio: 'ignore' })
    try {
      await listening(port, child)
      return child
    } catch (cause) {
      child.kill('SIGKILL')
      throw new Error(`${title} did not start: ${readIfThere(log).slice(-2_000)}`, { cause })
    }
  }
  let child: ChildProcess
  try {
    child = await start()
  } catch (error) {
    remove()
    throw error
  }
  const options = { host: '127.0.0.1', port, user: 'root', poolSize: 4 }
  let names = 0
  const freshName = () => `test_${++names}`
  return {
    options,
    freshName,
    lastNumber: () => names,
    open: (more = {}) => openMysql({ ...options, database: freshName(), ...more }),
    interrupt: () => ended(child, 'SIGTERM'),
    async restart() {
      child = await start()
    },
    async stop() {
      await ended(child, 'SIGKILL')
      remove()
    },
  }
}

/** Memory where there is enough of it: making a table is mostly waiting for the disk. */
function quickFolder(): string {
  const memory = '/dev/shm'
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > 1_000_000_000 ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return 'it wrote no log'
  }
}

/** Data of tests is not worth the time of an orderly end. */
function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + 60_000
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > until) throw new Error('Nobody listens')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The server greets whoever comes. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo({ host: '127.0.0.1', port })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
