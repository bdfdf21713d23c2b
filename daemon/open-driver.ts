/** From the address of a database to its driver: the one place that knows which there are. */

import type { ConnectionOptions } from 'node:tls'
import type { Driver } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { Dialect } from '../src/engine/dialect.ts'
import { dialectOf } from '../src/engine/dialects.ts'
import type { DaemonConfig } from './config/shape.ts'
import { holdFile } from './file-lock.ts'

type DatabaseConfig = DaemonConfig['database']
export type Adapter = NonNullable<DatabaseConfig['adapter']>

const defaultUrl = 'file:./app.sqlite'

const adapters: Readonly<Record<string, Adapter>> = {
  'file:': 'sqlite',
  'postgres:': 'postgresql',
  'postgresql:': 'postgresql',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
}

/** Undefined for an address of no kind that there is. */
export function adapterOf({ url, adapter }: Pick<DatabaseConfig, 'url' | 'adapter'>): Adapter | undefined {
  if (url === undefined) return adapter ?? 'sqlite'
  return adapters[/^[a-z]+:/.exec(url)?.[0] ?? '']
}

export interface OpenedDriver {
  readonly driver: Driver
  readonly dialect: Dialect
  /** To be called when the driver is closed: another daemon may have the file. */
  readonly release?: () => void
}

/**
 * @param poolSize connections to a server, where `connection.pool_size` does not say
 * @throws DriverError when it cannot be opened; DBALError DATABASE_ERROR for a file that another daemon has
 * @throws Error for an adapter that this version lacks
 */
export async function openDriver(config: DatabaseConfig, poolSize?: number): Promise<OpenedDriver> {
  const database = { ...config, connection: { pool_size: poolSize, ...config.connection } }
  const adapter = adapterOf(database)
  if (adapter === 'postgresql') return await openPostgresql(database)
  if (adapter === 'mysql') return await openMysqlServer(database)
  if (adapter !== 'sqlite') throw new Error(`database.adapter: ${adapter} is not in this version`)
  const path = (database.url ?? defaultUrl).slice('file:'.length)
  const release = holdFile(path)
  try {
    return { ...withDialect(openNodeSqlite(path, { durability: database.durability })), release }
  } catch (error) {
    release()
    throw error
  }
}

export function withDialect(driver: Driver): OpenedDriver {
  return { driver, dialect: dialectOf(driver) }
}

/** The package `pg` need not be there for SQLite. */
async function openPostgresql({ url, connection = {}, durability }: DatabaseConfig): Promise<OpenedDriver> {
  const { openPostgres } = await import('../src/drivers/postgres.ts')
  const { ssl_mode, pool_size, timeout, ...place } = connection
  const driver = await openPostgres({
    ...given({ url, ...place, poolSize: pool_size, connectTimeoutMs: timeout }),
    ...(ssl_mode && { ssl: encryption(ssl_mode) }),
    durability,
  })
  return withDialect(driver)
}

/** Nor need `mysql2`. */
async function openMysqlServer({ url, connection = {} }: DatabaseConfig): Promise<OpenedDriver> {
  const { openMysql } = await import('../src/drivers/mysql.ts')
  const { ssl_mode, pool_size, timeout, ...place } = connection
  const ssl = ssl_mode && encryption(ssl_mode)
  const driver = await openMysql({
    ...given({ url, ...place, poolSize: pool_size, connectTimeoutMs: timeout }),
    // Of what TLS can be told, the package takes these two.
    ...(ssl && { ssl: ssl === true || { rejectUnauthorized: ssl.rejectUnauthorized ?? true } }),
  })
  return withDialect(driver)
}

type SslMode = NonNullable<NonNullable<DatabaseConfig['connection']>['ssl_mode']>

/** As libpq means them. */
function encryption(mode: SslMode): boolean | ConnectionOptions {
  if (mode === 'disable') return false
  if (mode === 'require') return { rejectUnauthorized: false }
  return mode === 'verify-full' ? true : { checkServerIdentity: () => undefined }
}

function given<Options extends object>(
  options: Options,
): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  const present = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as { [Name in keyof Options]?: NonNullable<Options[Name]> }
}
