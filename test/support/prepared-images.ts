/**
 * Fresh SQLite databases in memory for many short cases. Making the tables of a schema takes longer than most cases do, so
 * it is done for the first case alone: each later one begins with a copy of the file as it was then.
 */

import type { Driver } from '../../src/drivers/driver.ts'

export class PreparedImages {
  readonly #open: (importFile?: Uint8Array) => Promise<Driver>
  readonly #images = new Map<string, Uint8Array>()

  /** @param open a driver over a database of its own, empty or with what the file holds */
  constructor(open: (importFile?: Uint8Array) => Promise<Driver>) {
    this.#open = open
  }

  /**
   * @param key the same for cases that make the same tables
   * @param prepare makes them; nothing else has been done to the database when it resolves
   */
  async open<T>(key: string, prepare: (driver: Driver) => Promise<T>): Promise<T> {
    const image = this.#images.get(key)
    const driver = await this.#open(image)
    const prepared = await prepare(driver)
    if (!image && driver.exportFile) this.#images.set(key, await driver.exportFile())
    return prepared
  }
}
