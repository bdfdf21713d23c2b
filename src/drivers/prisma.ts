/**
 * The driver over a `PrismaClient` of the app's own, on PostgreSQL: the app keeps its connections, and its tables may
 * stand beside those of the engine. Nothing of Prisma is imported.
 *
 * What raw queries do not give: a statement outside of a transaction runs to its end whatever its deadline (set a
 * `statement_timeout` where the client is made), and nothing is heard of other processes' changes.
 */

import { type Connection, type Driver, DriverError, type StorageStats } from './driver.ts'
import { mostBytes, say } from './postgres/notices.ts'
import { quoteIdentifier } from './postgres/text.ts'
import type { PrismaLike } from './prisma/client.ts'
import { PrismaConnection, type PrismaSettings } from './prisma/connection.ts'
import { toDriverError } from './prisma/failure.ts'

export type { PrismaLike, PrismaQueries } from './prisma/client.ts'

export interface PrismaOptions {
  /** Milliseconds to wait for a connection of Prisma's pool; default 10,000. */
  readonly maxWaitMs?: number
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number
}

/**
 * Works in the schema that the client's connections are in (`current_schema()`), and needs two connections of its pool.
 * The client stays the app's: closing the driver does not disconnect it.
 * @throws DriverError `cantOpen` for a database that is no PostgreSQL in UTF8, `io` for one that cannot be reached
 */
export async function openPrisma(client: PrismaLike, options: PrismaOptions = {}): Promise<Driver> {
  for (const method of ['$queryRawUnsafe', '$executeRawUnsafe', '$transaction'] as const)
    if (typeof client?.[method] !== 'function')
      throw new DriverError('cantOpen', 'client', `A PrismaClient with ${method} is needed`)
  const [found] = await query(
    client,
    `select current_setting('server_version_num')::int >= 140000 as recent, current_setting('server_encoding') as encoding,
      current_schema() as schema, current_setting('standard_conforming_strings') as strings,
      current_setting('default_transaction_isolation') as isolation`,
  )
  const { recent, encoding, schema, strings, isolation } = found ?? {}
  if (recent !== true) throw new DriverError('cantOpen', 'version', 'PostgreSQL 14 or newer is needed')
  if (encoding !== 'UTF8' || strings !== 'on')
    throw new DriverError(
      'cantOpen',
      'encoding',
      'The database must be in UTF8, with standard_conforming_strings',
    )
  if (isolation !== 'read committed')
    throw new DriverError('cantOpen', 'isolation', 'The isolation of transactions must be read committed')
  if (typeof schema !== 'string')
    throw new DriverError('cantOpen', 'schema', 'The connections of the client are in no schema')
  return new PrismaDriver(client, quoteIdentifier(schema), options)
}

/** Of statements that are written here. */
async function query(client: PrismaLike, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    return (await client.$queryRawUnsafe(sql)) as readonly Readonly<Record<string, unknown>>[]
  } catch (error) {
    throw toDriverError(error, false)
  }
}

class PrismaDriver implements Driver {
  readonly dialect = 'postgres'
  readonly synchronous = false
  readonly capabilities = {
    persistence: 'server',
    fullTextSearch: true,
    nestedTransactions: true,
    returning: true,
    connectionPooling: true,
    readReplicas: false,
  } as const

  /** What others say is not heard over Prisma's connections; it can speak. */
  readonly notices = { say, mostBytes }
  readonly #settings: PrismaSettings
  #isClosed = false

  constructor(client: PrismaLike, schema: string, { maxWaitMs = 10_000, now }: PrismaOptions) {
    this.#settings = {
      client,
      schema,
      maxWaitMs,
      now: now ?? (() => performance.now()),
      locks: new Map(),
    }
  }

  now(): number {
    return this.#settings.now()
  }

  acquire(): Connection {
    this.#assertOpen()
    return new PrismaConnection(this.#settings)
  }

  async stats(): Promise<StorageStats> {
    const [row] = await this.#query(
      `select pg_database_size(current_database())::text as size, current_setting('block_size') as page,
        (select (setting::bigint * current_setting('block_size')::bigint)::text from pg_settings where name = 'shared_buffers') as cache`,
    )
    const { size, page, cache } = row as { size: string; page: string; cache: string }
    return {
      sizeBytes: Number(size),
      pageSize: Number(page),
      pageCount: Math.floor(Number(size) / Number(page)),
      freePages: 0,
      cacheBytes: Number(cache),
      // They are Prisma's, which does not tell.
      preparedStatements: 0,
      walBytes: 0,
    }
  }

  async checkIntegrity(): Promise<readonly string[]> {
    const found = await this.#query(
      `select format('%s: the constraint %s is not validated', c.conrelid::regclass, c.conname) as problem
         from pg_catalog.pg_constraint c where c.connamespace = current_schema()::regnamespace and not c.convalidated
       union all
       select format('%s: the index %s is not valid', i.indrelid::regclass, i.indexrelid::regclass)
         from pg_catalog.pg_index i join pg_catalog.pg_class t on t.oid = i.indrelid
        where t.relnamespace = current_schema()::regnamespace and not i.indisvalid`,
    )
    return found.map(({ problem }) => String(problem))
  }

  async analyze(): Promise<void> {
    await this.#overTables('analyze')
  }

  async vacuum(): Promise<void> {
    await this.#overTables('vacuum')
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const held = [...this.#settings.locks.values()]
    this.#settings.locks.clear()
    for (const lock of held) await lock.rollback()
  }

  async #overTables(word: 'analyze' | 'vacuum'): Promise<void> {
    const tables = await this.#query(
      'select tablename::text as name from pg_catalog.pg_tables where schemaname = current_schema() and tableowner = current_user',
    )
    if (tables.length === 0) return
    const names = tables.map(({ name }) => `${this.#settings.schema}.${quoteIdentifier(String(name))}`)
    try {
      await this.#settings.client.$executeRawUnsafe(`${word} ${names.join(', ')}`)
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  async #query(sql: string) {
    this.#assertOpen()
    return await query(this.#settings.client, sql)
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new DriverError('other', 21, 'The database is closed')
  }
}
