/**
 * The driver over MariaDB and MySQL, by the package `mysql2`. A piece of work has a connection of the pool for itself;
 * statements are prepared once a connection; a deadline is kept by asking the server to stop.
 */

import mysql, { type ConnectionOptions, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2'
import { DBALError } from '../protocol/error.ts'
import {
  type Connection,
  type Driver,
  DriverError,
  type MysqlServerName,
  type StorageStats,
} from './driver.ts'
import { toDriverError } from './mysql/codes.ts'
import { type ConnectionSettings, MysqlConnection } from './mysql/connection.ts'
import { readServer, type Server, sessionSettings } from './mysql/server.ts'
import { quoteIdentifier } from './mysql/text.ts'

export interface MysqlOptions {
  /** `mysql://user:password@host:3306/database`. */
  readonly url?: string
  readonly host?: string
  readonly port?: number
  /** A Unix socket, in place of host and port. */
  readonly socketPath?: string
  readonly user?: string
  readonly password?: string
  /** The database with the tables. Default: the url's. */
  readonly database?: string
  /** Make the database when it is not there; `false` refuses it instead. Default true. */
  readonly create?: boolean
  /** As `node:tls` takes it; `true` checks the server's certificate and its name. Default: no encryption. */
  readonly ssl?: boolean | NonNullable<ConnectionOptions['ssl']>
  /** Most connections; default 20. */
  readonly poolSize?: number
  /** Milliseconds to wait for a connection, of the server or of the pool; default 10,000. */
  readonly connectTimeoutMs?: number
  /** Most statements kept prepared on each connection; default 200: a server has 16,382 for all its connections. */
  readonly cacheStatements?: number
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number
}

/**
 * @throws DriverError `cantOpen` for a server that is too old or does not let us in, `io` for one that cannot be reached
 * @throws DBALError CAPABILITY_NOT_SUPPORTED for a server that is neither MariaDB nor MySQL
 */
export async function openMysql(options: MysqlOptions = {}): Promise<Driver> {
  const database = options.database ?? databaseOf(options.url)
  if (!database || database.length > 64 || /[\0/\\.]/.test(database) || database.endsWith(' '))
    throw new DriverError('cantOpen', 'database', 'The name of a database has 1 to 64 characters')
  const config = configOf(options)
  try {
    const server = await prepareServer(config, database, options.create ?? true)
    return new MysqlDriver({ ...config, database }, database, server, options)
  } catch (error) {
    throw error instanceof DBALError ? error : toDriverError(error, false)
  }
}

function databaseOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : decodeURIComponent(new URL(url).pathname.slice(1))
}

function configOf(options: MysqlOptions): ConnectionOptions {
  const url = options.url === undefined ? undefined : new URL(options.url)
  const host = options.host ?? url?.hostname
  const port = options.port ?? (url?.port ? Number(url.port) : undefined)
  const user = options.user ?? (url && decodeURIComponent(url.username))
  const password = options.password ?? (url && decodeURIComponent(url.password))
  const { ssl, socketPath } = options
  return {
    ...(host && { host }),
    ...(port !== undefined && { port }),
    ...(socketPath !== undefined && { socketPath }),
    ...(user && { user }),
    ...(password && { password }),
    ...(ssl && { ssl: ssl === true ? { verifyIdentity: true } : ssl }),
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    maxPreparedStatements: options.cacheStatements ?? 200,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    rowsAsArray: true,
    supportBigNumbers: true,
    dateStrings: true,
    jsonStrings: true,
    // A server must not be able to ask for files of ours.
    flags: ['-LOCAL_FILES'],
    multipleStatements: false,
  }
}

/** Looks whether the server can be used, and makes the database. */
async function prepareServer(config: ConnectionOptions, database: string, create: boolean): Promise<Server> {
  const connection = mysql.createConnection(config).promise()
  try {
    const server = await readServer(connection)
    const [known] = await connection.execute<RowDataPacket[]>(
      'select 1 from information_schema.schemata where schema_name = ?',
      [database],
    )
    if (known.length === 0 && !create)
      throw new DriverError('cantOpen', 'missing', `There is no database ${database}`)
    if (known.length === 0)
      await connection.query(
        `create database if not exists ${quoteIdentifier(database)} character set utf8mb4 collate ${server.collation}`,
      )
    return server
  } finally {
    connection.destroy()
  }
}

class MysqlDriver implements Driver {
  readonly dialect = 'mysql'
  readonly server: MysqlServerName
  readonly synchronous = false
  readonly capabilities = {
    persistence: 'server',
    fullTextSearch: false,
    nestedTransactions: true,
    returning: false,
    connectionPooling: true,
    readReplicas: false,
  } as const

  readonly connections: number
  readonly #config: ConnectionOptions
  readonly #pool: Pool
  readonly #database: string
  readonly #settings: ConnectionSettings
  readonly #sessionSettings: readonly string[]
  /** Clients whose session is as it has to be. */
  readonly #ready = new Set<PoolConnection>()
  readonly #now: () => number
  readonly #acquireMs: number
  #closing: Promise<void> | undefined

  constructor(config: ConnectionOptions, database: string, server: Server, options: MysqlOptions) {
    this.#config = config
    this.#database = database
    this.server = server.name
    this.#sessionSettings = sessionSettings(server)
    this.#now = options.now ?? (() => performance.now())
    this.#acquireMs = options.connectTimeoutMs ?? 10_000
    this.connections = options.poolSize ?? 20
    this.#pool = mysql.createPool({ ...config, connectionLimit: this.connections })
    this.#settings = {
      database: quoteIdentifier(database),
      keepsTypes: server.name === 'mysql',
      lockWaitRollsBack: server.lockWaitRollsBack,
      now: this.#now,
      kill: (threadId) => this.#kill(threadId),
    }
  }

  now(): number {
    return this.#now()
  }

  async acquire(): Promise<Connection> {
    this.#assertOpen()
    try {
      const client = await this.#client()
      return new MysqlConnection(client, this.#settings, (isBroken) =>
        isBroken ? client.destroy() : client.release(),
      )
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  async #client(): Promise<PoolConnection> {
    const client = await this.#fromPool()
    if (this.#ready.has(client)) return client
    // A connection that is lost while nobody uses it: the pool makes another when one is needed.
    client.on('error', () => {})
    client.on('end', () => this.#ready.delete(client))
    try {
      for (const sql of this.#sessionSettings) await client.promise().query(sql)
    } catch (error) {
      client.destroy()
      throw error
    }
    this.#ready.add(client)
    return client
  }

  /** The pool itself would wait for ever. */
  #fromPool(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        reject(new DriverError('cantOpen', 'pool', 'No connection became free in time'))
      }, this.#acquireMs)
      this.#pool.getConnection((error, connection) => {
        clearTimeout(timer)
        if (error) reject(error)
        else if (isLate) connection.release()
        else resolve(connection)
      })
    })
  }

  async stats(): Promise<StorageStats> {
    const [row = []] = await this.#rows(
      `select coalesce(sum(data_length + index_length), 0), coalesce(sum(data_free), 0), @@innodb_page_size,
        @@innodb_buffer_pool_size from information_schema.tables where table_schema = ?`,
      [this.#database],
    )
    const [size = 0, free = 0, page = 1, cache = 0] = row.map(Number)
    let preparedStatements = 0
    for (const client of this.#ready)
      preparedStatements += (client as unknown as { _statements: { size: number } })._statements.size
    return {
      sizeBytes: size + free,
      pageSize: page,
      pageCount: Math.floor((size + free) / page),
      freePages: Math.floor(free / page),
      cacheBytes: cache,
      preparedStatements,
      walBytes: 0,
    }
  }

  /** What `check table` finds in each table. */
  async checkIntegrity(): Promise<readonly string[]> {
    const found = await this.#overTables('check table')
    return found
      .filter(([, , kind, text]) => kind !== 'status' || text !== 'OK')
      .map(([table, , , text]) => `${String(table).slice(this.#database.length + 1)}: ${String(text)}`)
  }

  async analyze(): Promise<void> {
    await this.#overTables('analyze table')
  }

  async vacuum(): Promise<void> {
    await this.#overTables('optimize table')
  }

  async close(): Promise<void> {
    this.#closing ??= new Promise((resolve, reject) =>
      this.#pool.end((error: unknown) => (error ? reject(error) : resolve())),
    )
    await this.#closing
  }

  async #overTables(words: string): Promise<unknown[][]> {
    const tables = await this.#rows(
      "select table_name from information_schema.tables where table_schema = ? and table_type = 'BASE TABLE'",
      [this.#database],
    )
    if (tables.length === 0) return []
    const names = tables.map(([name]) => `${this.#settings.database}.${quoteIdentifier(String(name))}`)
    return await this.#rows(`${words} ${names.join(', ')}`)
  }

  async #rows(sql: string, parameters: readonly string[] = []): Promise<unknown[][]> {
    this.#assertOpen()
    let client: PoolConnection | undefined
    try {
      client = await this.#client()
      const run = client.promise()
      const [rows] = await (parameters.length > 0 ? run.execute(sql, [...parameters]) : run.query(sql))
      return rows as unknown as unknown[][]
    } catch (error) {
      throw toDriverError(error, false)
    } finally {
      client?.release()
    }
  }

  /** Over a connection of its own: the pool may have none left. */
  async #kill(threadId: number): Promise<void> {
    const connection = mysql.createConnection(this.#config).promise()
    try {
      await connection.query(`kill query ${threadId}`)
    } finally {
      connection.destroy()
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new DriverError('other', 21, 'The database is closed')
  }
}
