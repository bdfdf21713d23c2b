/**
 * Fresh databases for many short cases. Making the tables of a schema takes PostgreSQL longer than most cases do, so a
 * schema whose case is over is emptied for the next one over the same tables.
 */

import type { Driver } from '../../src/drivers/driver.ts'
import type { TestPostgres } from './postgres.ts'

interface Kept {
  readonly driver: Driver
  /** The history of migrations after the first opening. */
  history: string | undefined
}

export class ReusedSchemas {
  readonly #server: TestPostgres
  readonly #idle = new Map<string, Kept[]>()

  constructor(server: TestPostgres) {
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

const emptying = {
  sql: `do $$ declare
    name text;
  begin
    -- So that neither foreign keys nor the triggers of the audit log have a say.
    set local session_replication_role = replica;
    for name in select tablename from pg_tables where schemaname = current_schema()
      and tablename not in ('_dbal_meta', '_dbal_migrations') loop
      execute format('delete from %I', name);
    end loop;
  end $$`,
  columns: [],
}
const readHistory = {
  sql: 'select string_agg(checksum, \',\' order by version) from main."_dbal_migrations"',
  columns: ['text'],
} as const

/** @returns the history of its migrations; undefined where the schema was never made */
async function empty(driver: Driver): Promise<string | undefined> {
  const connection = await driver.acquire()
  try {
    await connection.execute(emptying, [], 0)
    return (await connection.execute(readHistory, [], 0)).values[0] as string
  } catch {
    return undefined
  } finally {
    connection.release()
  }
}
