/** Prepared statements by the object that names their shape, least recently used first out. */

import type { Statement } from './driver.ts'

interface Entry<Prepared> {
  readonly key: Statement
  readonly prepared: Prepared
  newer: Entry<Prepared> | undefined
  older: Entry<Prepared> | undefined
}

export class StatementCache<Prepared> {
  readonly #capacity: number
  readonly #finalize: (prepared: Prepared) => void
  readonly #entries = new Map<Statement, Entry<Prepared>>()
  #newest: Entry<Prepared> | undefined
  #oldest: Entry<Prepared> | undefined

  /** @param finalize gets each statement that is dropped, once */
  constructor(capacity: number, finalize: (prepared: Prepared) => void) {
    if (!(capacity >= 1))
      throw new RangeError(`A statement cache keeps at least one statement, not ${capacity}`)
    this.#capacity = capacity
    this.#finalize = finalize
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Statement): Prepared | undefined {
    // Loops run one shape again and again: then there is nothing to look up or to move.
    if (this.#newest?.key === key) return this.#newest.prepared
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#unlink(entry)
    this.#linkNewest(entry)
    return entry.prepared
  }

  add(key: Statement, prepared: Prepared): void {
    if (this.#entries.size >= this.#capacity && this.#oldest) this.#drop(this.#oldest)
    const entry: Entry<Prepared> = { key, prepared, newer: undefined, older: undefined }
    this.#entries.set(key, entry)
    this.#linkNewest(entry)
  }

  /** Drops one that is of no use any more. */
  delete(key: Statement): void {
    const entry = this.#entries.get(key)
    if (entry) this.#drop(entry)
  }

  clear(): void {
    while (this.#oldest) this.#drop(this.#oldest)
  }

  #drop(entry: Entry<Prepared>): void {
    this.#unlink(entry)
    this.#entries.delete(entry.key)
    this.#finalize(entry.prepared)
  }

  #linkNewest(entry: Entry<Prepared>): void {
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    this.#newest = entry
    this.#oldest ??= entry
  }

  #unlink(entry: Entry<Prepared>): void {
    if (entry.newer) entry.newer.older = entry.older
    else this.#newest = entry.older
    if (entry.older) entry.older.newer = entry.newer
    else this.#oldest = entry.newer
    entry.newer = undefined
    entry.older = undefined
  }
}
