/** Daemons in this process over a file of their own, with users to sign in as. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { DaemonConfigInput } from '../../daemon/config/shape.ts'
import { type Daemon, type DaemonParts, startDaemon } from '../../daemon/start.ts'
import { type ClientOptions, DBALClient } from '../../src/index.ts'
import { openRaw, type RawSocket } from './raw-socket.ts'

export const password = 'Correct-horse-9'

export interface DaemonSetup {
  readonly daemon: Daemon
  readonly folder: string
  /** Lines of the log, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[]
  /** A client in mode production. */
  connect(options?: ClientOptions): DBALClient
  raw(options?: Parameters<typeof openRaw>[1]): Promise<RawSocket>
  get(path: string): Promise<Response>
}

export class Daemons {
  readonly #ends: (() => Promise<unknown>)[] = []

  /** The bootstrap administrator is `root`; requests are not limited unless the configuration says so. */
  async start(config: DaemonConfigInput = {}, parts: DaemonParts = {}): Promise<DaemonSetup> {
    const folder = await mkdtemp(join(tmpdir(), 'dbal-daemon-'))
    this.#ends.push(() => rm(folder, { recursive: true }))
    const log: Readonly<Record<string, unknown>>[] = []
    const daemon = await startDaemon(
      {
        ...config,
        server: { port: 0, ...config.server },
        database: { url: `file:${folder}/app.sqlite`, ...config.database },
        // A busy machine would send events that no test expects.
        logging: { slow_query_threshold_ms: 3_600_000, ...config.logging },
        security: {
          bootstrap: { username: 'root', password },
          rate_limit: { enabled: false },
          ...config.security,
        },
      },
      {
        log: pino(
          { level: 'debug', base: null },
          { write: (line: string) => void log.push(JSON.parse(line)) },
        ),
        ...parts,
      },
    )
    this.#ends.push(() => daemon.stop())
    return {
      daemon,
      folder,
      log,
      connect: (options) => {
        const client = new DBALClient({ mode: 'production', endpoint: daemon.endpoint, ...options })
        this.#ends.push(() => client.close())
        return client
      },
      raw: async (options) => {
        const raw = await openRaw(daemon.endpoint, options)
        this.#ends.push(async () => raw.socket.terminate())
        return raw
      },
      get: (path) => fetch(`http://127.0.0.1:${daemon.port}${path}`),
    }
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}
