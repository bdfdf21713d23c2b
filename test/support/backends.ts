/** The databases that a daemon may have, each with what it takes to have one of one's own. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { noMariaDb, startMariaDb } from './mariadb.ts'
import { noMysql, startMysql } from './mysql.ts'
import type { TestMysqlServer } from './mysql-server.ts'
import { startPostgres } from './postgres.ts'

export interface Backend {
  readonly name: string
  /** Why it cannot be had here; its tests are left out. */
  readonly missing?: string
  /** @param options `isDurable`: every commit is flushed, which tests do not need */
  open(options?: { readonly isDurable?: boolean }): Promise<OpenBackend>
}

export interface OpenBackend {
  /** As `database.url` takes it. */
  readonly url: string
  /** Ends the server, as a crash would; there is none for SQLite. */
  stop(): Promise<void>
  /** Starts it again over the same data and port. */
  restart(): Promise<void>
  /** Takes every connection that the server has to give, those of others too. @returns gives them back */
  occupy(): Promise<() => Promise<void>>
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
      occupy: none,
      close: () => rm(folder, { recursive: true }),
    }
  },
}

export const postgres: Backend = {
  name: 'PostgreSQL',
  async open(options) {
    const server = await startPostgres(options)
    const { port, password } = server.options
    return {
      url: `postgres://dbal:${password}@127.0.0.1:${port}/postgres`,
      stop: server.interrupt,
      restart: server.restart,
      occupy: () => occupyPostgres({ ...server.options, application_name: 'occupier' }),
      close: server.stop,
    }
  },
}

export const mariaDb: Backend = {
  name: 'MariaDB',
  ...(noMariaDb !== undefined && { missing: noMariaDb }),
  async open(options) {
    return ofServer(await startMariaDb(options))
  },
}

const mysqlServer: Backend = {
  name: 'MySQL',
  ...(noMysql !== undefined && { missing: noMysql }),
  async open(options) {
    return ofServer(await startMysql(options))
  },
}

const ofServer = ({ options: { port }, interrupt, restart, stop }: TestMysqlServer): OpenBackend => ({
  url: `mysql://root@127.0.0.1:${port}/app`,
  stop: interrupt,
  restart,
  occupy: () => occupyMysql(port),
  close: stop,
})

async function occupyPostgres(options: pg.ClientConfig): Promise<() => Promise<void>> {
  const taken: pg.Client[] = []
  const take = async (): Promise<boolean> => {
    const client = new pg.Client(options)
    client.on('error', () => {})
    try {
      await client.connect()
      taken.push(client)
      return true
    } catch {
      return false
    }
  }
  while (await take());
  const [first] = taken as [pg.Client]
  await first.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'occupier'",
  )
  await settled(take)
  return async () => {
    for (const client of taken) await client.end()
  }
}

async function occupyMysql(port: number): Promise<() => Promise<void>> {
  const taken: mysql.Connection[] = []
  const take = async (): Promise<boolean> => {
    const options = { host: '127.0.0.1', port, user: 'root' }
    const connection = await mysql.createConnection(options).catch(() => undefined)
    connection?.on('error', () => {})
    if (connection) taken.push(connection)
    return connection !== undefined
  }
  while (await take());
  const [first] = taken as [mysql.Connection]
  const own = new Set(taken.map(({ threadId }) => threadId))
  const [rows] = await first.query<mysql.RowDataPacket[]>('select id from information_schema.processlist')
  for (const { id } of rows) if (!own.has(id)) await first.query(`kill ${id}`).catch(() => undefined)
  await settled(take)
  return async () => {
    for (const connection of taken) connection.destroy()
  }
}

/** What was ended is free a moment later. */
async function settled(take: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    while (await take());
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** `npm run test:mysql` has its own. */
const isMysqlAlone = process.env['DBAL_TEST_BACKENDS'] === 'MySQL'

export const servers: readonly Backend[] = isMysqlAlone ? [mysqlServer] : [postgres, mariaDb]
export const backends: readonly Backend[] = isMysqlAlone ? servers : [sqlite, ...servers]
