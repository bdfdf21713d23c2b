/**
 * Fresh databases for many short cases. Making the tables of a schema takes MariaDB longer than most cases do, so a
 * schema whose case is over is emptied for the next one over the same tables.
 */

import type { Driver, Statement } from '../../src/drivers/driver.ts'
import type { TestMariaDb } from './mariadb.ts'

interface Kept {
  readonly driver: Driver
  /** The history of migrations after the first opening. */
  history: string | undefined
}

export class ReusedDatabases {
  readonly #server: TestMariaDb
  readonly #idle = new Map<string, Kept[]>()

  constructor(server: TestMariaDb) {
    this.#server = server
  }

  /** @param key the same for cases that make the same tables */
  async open(key: string): Promise<Driver> {
    const kept = this.#idle.get(key)?.pop() ?? {
      driver: await this.#server.open({ poolSize: 4 }),
      history: undefined,
    }
    const { driver } = kept
    return {
      dialect: driver.dialect,
      ...(driver.server && { server: driver.server }),
      synchronous: driver.synchronous,
      capabilities: driver.capabilities,
      ...(driver.connections !== undefined && { connections: driver.connections }),
      now: () => driver.now(),
      acquire: () => driver.acquire(),
      stats: () => driver.stats(),
      checkIntegrity: () => driver.checkIntegrity(),
      analyze: () => driver.analyze(),
      vacuum: () => driver.vacuum(),
      close: () => this.#keep(key, kept),
    }
  }

  async #keep(key: string, kept: Kept): Promise<void> {
    const history = await empty(kept.driver)
    kept.history ??= history
    // A case that has migrated leaves other tables than it found.
    if (history === undefined || history !== kept.history) return await kept.driver.close()
    const idle = this.#idle.get(key) ?? []
    idle.push(kept)
    this.#idle.set(key, idle)
  }

  async close(): Promise<void> {
    for (const all of this.#idle.values()) for (const { driver } of all) await driver.close()
    this.#idle.clear()
  }
}

const text = (sql: string): Statement => ({ sql, columns: [] })

const readTables: Statement = {
  sql: `select table_name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'
    and table_name not in ('_dbal_meta', '_dbal_migrations', '_dbal_turn')`,
  columns: ['text'],
}
const readHistory: Statement = {
  sql: 'select group_concat(checksum order by version) from main."_dbal_migrations"',
  columns: ['text'],
}

/** @returns the history of its migrations; undefined where the tables were never made */
async function empty(driver: Driver): Promise<string | undefined> {
  const connection = await driver.acquire()
  try {
    const { values } = await connection.execute(readTables, [], 0)
    await connection.execute(text('set foreign_key_checks = 0'), [], 0)
    // Deleting is quicker than truncating, but the log's triggers refuse it.
    for (const name of values as string[])
      await connection.execute(
        text(name === '_dbal_audit' ? 'truncate table main."_dbal_audit"' : `delete from main."${name}"`),
        [],
        0,
      )
    await connection.execute(text('set foreign_key_checks = 1'), [], 0)
    return (await connection.execute(readHistory, [], 0)).values[0] as string
  } catch {
    return undefined
  } finally {
    connection.release()
  }
}
