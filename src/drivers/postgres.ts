/**
 * The driver over PostgreSQL, by the package `pg`. A piece of work has a connection of the pool for itself; statements
 * are prepared once a connection; a deadline is kept by asking the server to stop.
 */

import type { ConnectionOptions } from 'node:tls'
import pg from 'pg'
import {
  type Connection,
  type Driver,
  DriverError,
  type Ears,
  type Notices,
  type StorageStats,
} from './driver.ts'
import { toDriverError } from './postgres/codes.ts'
import { ClientState, type ConnectionSettings, PostgresConnection } from './postgres/connection.ts'
import { Listener } from './postgres/listener.ts'
import { channel, mostBytes, say } from './postgres/notices.ts'
import { quoteIdentifier } from './postgres/text.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; what it leaves out comes from the `PG…` variables. */
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  /** As `node:tls` takes it; `true` checks the server's certificate. Default: what the url says. */
  readonly ssl?: boolean | ConnectionOptions
  /** The schema with the tables, made when it is not there. Default `public`. */
  readonly schema?: string
  /** Make the schema when it is not there; `false` refuses it instead. Default true. */
  readonly create?: boolean
  /** Most connections; default 20. */
  readonly poolSize?: number
  /** Milliseconds to wait for a connection; default 10,000. */
  readonly connectTimeoutMs?: number
  /** Most statements kept prepared on each connection; default 500. */
  readonly cacheStatements?: number
  /** `relaxed` may lose the last commits when the server's machine fails, never the database; default `strict`. */
  readonly durability?: 'strict' | 'relaxed'
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number
}

/** The oldest server that is known to work. */
const oldest = 140_000

/**
 * @throws DriverError `cantOpen` for a server that is too old or whose encoding is not UTF8, `io` for one that cannot be reached
 */
export async function openPostgres(options: PostgresOptions = {}): Promise<Driver> {
  const schema = options.schema ?? 'public'
  if (schema === '' || Buffer.byteLength(schema) > 63 || schema.includes('\0'))
    throw new DriverError('cantOpen', 'schema', 'The name of a schema has 1 to 63 bytes')
  const config = configOf(options, schema)
  const driver = new PostgresDriver(config, schema, options)
  try {
    await driver.prepare(options.create ?? true)
    return driver
  } catch (error) {
    await driver.close()
    throw toDriverError(error, false)
  }
}

/** The client library has words for it and no code. */
const isExhausted = (error: unknown): boolean =>
  error instanceof Error && error.message === 'timeout exceeded when trying to connect'

function configOf(options: PostgresOptions, schema: string): pg.PoolConfig {
  const { url, host, port, user, password, database, ssl } = options
  const path = quoteIdentifier(schema).replace(/[\\ ]/g, '\\$&')
  const settings = [
    `search_path=${path}`,
    'timezone=UTC',
    'bytea_output=hex',
    'standard_conforming_strings=on',
    'default_transaction_isolation=read\\ committed',
    // Writers of all processes stand in one line: who has its turn and is gone, or frozen, must lose it. No transaction of
    // ours may be idle for so long.
    'idle_in_transaction_session_timeout=90000',
    'tcp_keepalives_idle=10',
    'tcp_keepalives_interval=5',
    'tcp_keepalives_count=3',
    ...(options.durability === 'relaxed' ? ['synchronous_commit=off'] : []),
  ]
  return {
    ...(url !== undefined && { connectionString: url }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(ssl !== undefined && { ssl }),
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    fallback_application_name: 'dbal',
    keepAlive: true,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
  }
}

class PostgresDriver implements Driver {
  readonly dialect = 'postgres'
  readonly synchronous = false
  readonly packets = true
  readonly capabilities = {
    persistence: 'server',
    fullTextSearch: true,
    nestedTransactions: true,
    returning: true,
    connectionPooling: true,
    readReplicas: false,
  } as const

  readonly notices: Notices
  readonly connections: number
  readonly #config: pg.PoolConfig
  readonly #listeners: Listener[] = []
  readonly #pool: pg.Pool
  readonly #schema: string
  readonly #settings: ConnectionSettings
  readonly #states = new Map<pg.PoolClient, ClientState>()
  readonly #now: () => number
  #closing: Promise<void> | undefined

  constructor(config: pg.PoolConfig, schema: string, options: PostgresOptions) {
    this.#config = config
    this.#schema = schema
    this.#now = options.now ?? (() => performance.now())
    this.connections = config.max as number
    this.#pool = new pg.Pool(config)
    // A connection that is lost while nobody uses it; the pool makes another when one is needed.
    this.#pool.on('error', () => {})
    // Nor does anybody listen to one that is being ended while the server says farewell.
    this.#pool.on('connect', (client) => client.on('error', () => {}))
    this.#pool.on('remove', (client) => this.#states.delete(client as pg.PoolClient))
    this.notices = { say, mostBytes, listen: (ears) => this.#listen(ears) }
    this.#settings = {
      schema: quoteIdentifier(schema),
      cacheStatements: options.cacheStatements ?? 500,
      now: this.#now,
      cancel: (processId) => this.#cancel(processId),
    }
  }

  async #listen(ears: Ears): Promise<void> {
    this.#assertOpen()
    const listener = new Listener({
      config: { ...this.#config, fallback_application_name: 'dbal listening' },
      channel,
      ears,
    })
    this.#listeners.push(listener)
    try {
      await listener.start()
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  /** Looks whether the server can be used, and makes the schema. */
  async prepare(create: boolean): Promise<void> {
    const { rows } = await this.#pool.query<{ version: string; encoding: string; known: boolean }>(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
        exists (select 1 from pg_catalog.pg_namespace where nspname = $1) as known`,
      [this.#schema],
    )
    const { version, encoding, known } = rows[0] as { version: string; encoding: string; known: boolean }
    if (Number(version) < oldest)
      throw new DriverError('cantOpen', 'version', `PostgreSQL 14 or newer is needed, this is ${version}`)
    if (encoding !== 'UTF8')
      throw new DriverError('cantOpen', 'encoding', `The database's encoding must be UTF8, not ${encoding}`)
    if (!known && !create) throw new DriverError('cantOpen', 'missing', `There is no schema ${this.#schema}`)
    if (!known) await this.#pool.query(`create schema if not exists ${quoteIdentifier(this.#schema)}`)
  }

  now(): number {
    return this.#now()
  }

  async acquire(): Promise<Connection> {
    this.#assertOpen()
    let client: pg.PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw isExhausted(error)
        ? new DriverError('cantOpen', 'pool', 'No connection became free in time', { cause: error })
        : toDriverError(error, false)
    }
    let state = this.#states.get(client)
    if (!state) {
      state = new ClientState(client, this.#settings.cacheStatements)
      this.#states.set(client, state)
    }
    // Its failure is that of the statement at work, which hears of it too.
    const ignore = () => {}
    client.on('error', ignore)
    return new PostgresConnection(state, this.#settings, (broken) => {
      client.off('error', ignore)
      client.release(broken !== undefined)
    })
  }

  async stats(): Promise<StorageStats> {
    const [row] = await this.#rows<{ size: string; page: string; cache: string }>(
      `select coalesce(sum(pg_total_relation_size(c.oid)), 0) as size, current_setting('block_size') as page,
        pg_size_bytes(current_setting('shared_buffers')) as cache
       from pg_catalog.pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r'`,
      [quoteIdentifier(this.#schema)],
    )
    const { size, page, cache } = row as { size: string; page: string; cache: string }
    let preparedStatements = 0
    for (const { statements } of this.#states.values()) preparedStatements += statements.size
    return {
      sizeBytes: Number(size),
      pageSize: Number(page),
      pageCount: Math.floor(Number(size) / Number(page)),
      freePages: 0,
      cacheBytes: Number(cache),
      preparedStatements,
      walBytes: 0,
    }
  }

  /** What PostgreSQL can tell of itself without an extension: constraints and indexes that do not hold. */
  async checkIntegrity(): Promise<readonly string[]> {
    const found = await this.#rows<{ problem: string }>(
      `select format('%s: the constraint %s is not validated', c.conrelid::regclass, c.conname) as problem
         from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace
        where n.nspname = $1 and not c.convalidated
       union all
       select format('%s: the index %s is not valid', i.indrelid::regclass, i.indexrelid::regclass)
         from pg_catalog.pg_index i join pg_catalog.pg_class t on t.oid = i.indrelid
         join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        where n.nspname = $1 and not i.indisvalid`,
      [this.#schema],
    )
    return found.map(({ problem }) => problem)
  }

  async analyze(): Promise<void> {
    await this.#overTables('analyze')
  }

  async vacuum(): Promise<void> {
    await this.#overTables('vacuum')
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  async #end(): Promise<void> {
    await Promise.all([this.#pool.end(), ...this.#listeners.map((listener) => listener.close())])
  }

  async #overTables(word: 'analyze' | 'vacuum'): Promise<void> {
    const tables = await this.#rows<{ name: string }>(
      'select tablename as name from pg_catalog.pg_tables where schemaname = $1 and tableowner = current_user',
      [this.#schema],
    )
    if (tables.length === 0) return
    const schema = quoteIdentifier(this.#schema)
    await this.#rows(`${word} ${tables.map(({ name }) => `${schema}.${quoteIdentifier(name)}`).join(', ')}`)
  }

  async #rows<Row extends pg.QueryResultRow>(
    sql: string,
    parameters: readonly string[] = [],
  ): Promise<Row[]> {
    this.#assertOpen()
    try {
      return (await this.#pool.query<Row>(sql, [...parameters])).rows
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  /** Over a connection of its own: the pool may have none left. */
  async #cancel(processId: number): Promise<void> {
    const client = new pg.Client(this.#config)
    try {
      await client.connect()
      await client.query('select pg_catalog.pg_cancel_backend($1)', [processId])
    } finally {
      await client.end()
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new DriverError('other', 21, 'The database is closed')
  }
}
