/**
 * Fresh databases of a server for many short cases. Making the tables of a schema takes it longer than most cases do, so a
 * database whose case is over is emptied for the next one over the same tables.
 */

import type { Driver } from '../../src/drivers/driver.ts'

/** A database of the server's, for one case at a time. */
export interface ReusedDatabase {
  readonly driver: Driver
  /**
   * Deletes every row that is not the engine's own.
   * @returns the migrations it has had and the tables that stand; undefined where they were never made
   */
  empty(): Promise<string | undefined>
}

interface Kept extends ReusedDatabase {
  /** What stood after the first case. */
  stood: string | undefined
}

export class ReusedDatabases {
  readonly #make: () => Promise<ReusedDatabase>
  readonly #end: () => Promise<void>
  readonly #idle = new Map<string, Kept[]>()

  /**
   * @param make a database that nobody had
   * @param end after the last one is closed
   */
  constructor(make: () => Promise<ReusedDatabase>, end: () => Promise<void> = async () => {}) {
    this.#make = make
    this.#end = end
  }

  /** @param key the same for cases that make the same tables */
  async open(key: string): Promise<Driver> {
    const kept = this.#idle.get(key)?.pop() ?? { ...(await this.#make()), stood: undefined }
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
    const stands = await kept.empty()
    kept.stood ??= stands
    // A case that has migrated leaves other tables than it found.
    if (stands === undefined || stands !== kept.stood) return await kept.driver.close()
    const idle = this.#idle.get(key) ?? []
    idle.push(kept)
    this.#idle.set(key, idle)
  }

  async close(): Promise<void> {
    for (const all of this.#idle.values()) for (const { driver } of all) await driver.close()
    this.#idle.clear()
    await this.#end()
  }
}
