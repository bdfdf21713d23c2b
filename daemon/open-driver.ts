/** From the address of a database to its driver: the one place that knows which there are. */

import type { Driver } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { DaemonConfig } from './config/shape.ts'

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

/**
 * @throws DriverError when it cannot be opened
 * @throws Error for an adapter that this version lacks
 */
export async function openDriver(database: DatabaseConfig): Promise<Driver> {
  const adapter = adapterOf(database)
  if (adapter !== 'sqlite') throw new Error(`database.adapter: ${adapter} is not in this version`)
  const path = (database.url ?? defaultUrl).slice('file:'.length)
  return openNodeSqlite(path, { durability: database.durability })
}
