/** The databases that a daemon may have, each with what it takes to have one of one's own. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noMariaDb, startMariaDb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'

export interface Backend {
  readonly name: string
  /** Why it cannot be had here; its tests are left out. */
  readonly missing?: string
  open(): Promise<OpenBackend>
}

export interface OpenBackend {
  /** As `database.url` takes it. */
  readonly url: string
  /** Ends the server, as a crash would; there is none for SQLite. */
  stop(): Promise<void>
  /** Starts it again over the same data and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const sqlite: Backend = {
  name: 'SQLite',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'dbal-backend-'))
    const none = async () => {
      throw new Error('SQLite has no server')
    }
    return {
      url: `file:${folder}/app.sqlite`,
      stop: none,
      restart: none,
      close: () => rm(folder, { recursive: true }),
    }
  },
}

export const postgres: Backend = {
  name: 'PostgreSQL',
  async open() {
    const server = await startPostgres()
    const { port, password } = server.options
    return {
      url: `postgres://dbal:${password}@127.0.0.1:${port}/postgres`,
      stop: server.interrupt,
      restart: server.restart,
      close: server.stop,
    }
  },
}

export const mariaDb: Backend = {
  name: 'MariaDB',
  ...(noMariaDb !== undefined && { missing: noMariaDb }),
  async open() {
    const server = await startMariaDb()
    return {
      url: `mysql://root@127.0.0.1:${server.options.port}/app`,
      stop: server.interrupt,
      restart: server.restart,
      close: server.stop,
    }
  },
}

export const servers: readonly Backend[] = [postgres, mariaDb]
export const backends: readonly Backend[] = [sqlite, ...servers]
