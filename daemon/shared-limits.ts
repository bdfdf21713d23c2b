/**
 * Buckets and sign-in attempts in the database, for daemons that share it: together they let through what one would. The
 * clock is the database's, so theirs need not agree.
 *
 * What must hold: where the database cannot be asked nothing is let through; what it has refused is refused here, without
 * asking again, until it could be otherwise.
 */

import type { Connection, Driver, SqlValue, Statement } from '../src/drivers/driver.ts'
import type { TransactionWords } from '../src/engine/transaction.ts'

export interface SharedLimitOptions {
  readonly driver: Driver
  /** One that begins in turn with all other writers, so that only one makes the tables. */
  readonly words: Pick<TransactionWords, 'beginWriting'>
  readonly perMinute: number
  readonly burst: number
  /** Failed sign-ins of an address. */
  readonly mostAttempts: number
  readonly windowMs: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

export interface Taken {
  /** How many of those that were asked for. */
  readonly granted: number
  /** In how many seconds there is another one, where not all were granted. */
  readonly retryAfter: number
}

/** Lost with the server's crash, like the memory of a daemon with the daemon's. */
const tables: readonly Statement[] = [
  `create unlogged table if not exists main."_dbal_rate_limits" (
  "key" text collate "C" primary key,
  "left" double precision not null,
  "at" double precision not null,
  "granted" double precision not null
)`,
  `create unlogged table if not exists main."_dbal_sign_in_addresses" (
  "address" text collate "C" primary key,
  "instants" double precision[] not null,
  "granted" smallint not null
)`,
].map((sql) => ({ sql, columns: [], once: true }))

const commit: Statement = { sql: 'commit', columns: [] }

const clock = 'extract(epoch from clock_timestamp()) * 1000'
/** The row's, at the instant of the request; a request that had to wait for another one came no earlier. */
const filled =
  'least(cast(? as double precision), known."left" + greatest(excluded."at" - known."at", 0) * cast(? as double precision))'

const take: Statement = {
  sql: `insert into main."_dbal_rate_limits" as known ("key", "left", "at", "granted")
select cast(? as text), capacity - least(capacity, asked), ${clock}, least(capacity, asked)
from (select cast(? as double precision) as capacity, cast(? as double precision) as asked) as given
on conflict ("key") do update set "at" = greatest(known."at", excluded."at"),
  "left" = ${filled} - least(floor(${filled}), cast(? as double precision)),
  "granted" = least(floor(${filled}), cast(? as double precision))
returning "granted", "left"`,
  columns: ['number', 'number'],
}

const sweepBuckets: Statement = {
  sql: `delete from main."_dbal_rate_limits" where "left" + (${clock} - "at") * cast(? as double precision) >= cast(? as double precision)`,
  columns: [],
}

const recent =
  'array(select instant from unnest(known."instants") as instant where instant > excluded."instants"[1] - cast(? as double precision) order by instant)'

const begin: Statement = {
  sql: `insert into main."_dbal_sign_in_addresses" as known ("address", "instants", "granted")
values (cast(? as text), array[${clock}], 1)
on conflict ("address") do update set
  "granted" = case when cardinality(${recent}) < cast(? as int) then 1 else 0 end,
  "instants" = case when cardinality(${recent}) < cast(? as int) then ${recent} || excluded."instants" else ${recent} end
returning "granted", "instants"[1] + cast(? as double precision) - ${clock}`,
  columns: ['integer', 'number'],
}

const forgive: Statement = {
  sql: 'update main."_dbal_sign_in_addresses" set "instants" = "instants"[:cardinality("instants") - 1] where "address" = ?',
  columns: [],
}

const sweepAttempts: Statement = {
  sql: `delete from main."_dbal_sign_in_addresses" where coalesce("instants"[cardinality("instants")], 0) < ${clock} - cast(? as double precision)`,
  columns: [],
}

/** What was refused is looked through when there is so much of it. */
const mostRefused = 10_000

/** A check that takes longer than this is none. */
const withinMs = 5_000

export class SharedLimits {
  readonly #options: Required<SharedLimitOptions>
  readonly #capacity: number
  readonly #perMs: number
  /** Until when a key has nothing left, as the database has said. */
  readonly #refused = new Map<string, number>()

  /** Makes the tables where there are none. @throws DriverError */
  static async open(options: SharedLimitOptions): Promise<SharedLimits> {
    const { driver, words } = options
    const connection = await driver.acquire()
    try {
      await connection.execute(words.beginWriting, [], 0)
      for (const table of tables) await connection.execute(table, [], 0)
      await connection.execute(commit, [], 0)
    } finally {
      connection.release()
    }
    return new SharedLimits(options)
  }

  private constructor(options: SharedLimitOptions) {
    this.#options = { now: () => performance.now(), ...options }
    this.#capacity = options.perMinute + options.burst
    this.#perMs = options.perMinute / 60_000
  }

  /** Takes as many of `count` as there are. @throws DriverError */
  async take(key: string, count: number): Promise<Taken> {
    const { now } = this.#options
    const wait = this.look(key)
    if (wait > 0) return { granted: 0, retryAfter: wait }
    const full = [this.#capacity, this.#perMs]
    const parameters = [key, this.#capacity, count, ...full, ...full, count, ...full, count]
    const [granted, left] = (await this.#execute(take, parameters)) as [number, number]
    if (granted >= count) {
      this.#refused.delete(key)
      return { granted: count, retryAfter: 0 }
    }
    const more = (1 - left) / this.#perMs
    if (this.#refused.size >= mostRefused) this.#forget()
    this.#refused.set(key, now() + more)
    return { granted, retryAfter: seconds(more) }
  }

  /** As far as the database has said. @returns 0, or in how many seconds there is one again */
  look(key: string): number {
    const wait = (this.#refused.get(key) ?? 0) - this.#options.now()
    return wait > 0 ? seconds(wait) : 0
  }

  /** @returns 0, or in how many seconds the address may try again. @throws DriverError */
  async beginAttempt(address: string): Promise<number> {
    const { mostAttempts: most, windowMs } = this.#options
    const parameters = [address, windowMs, most, windowMs, most, windowMs, windowMs, windowMs]
    const [granted, wait] = (await this.#execute(begin, parameters)) as [number, number]
    return granted === 1 ? 0 : seconds(wait)
  }

  /** The latest attempt was none to worry about. @throws DriverError */
  async forgive(address: string): Promise<void> {
    await this.#execute(forgive, [address])
  }

  /** Removes what says no more than nothing would. @throws DriverError */
  async sweep(): Promise<void> {
    await this.#execute(sweepBuckets, [this.#perMs, this.#capacity])
    await this.#execute(sweepAttempts, [this.#options.windowMs])
  }

  #forget(): void {
    const now = this.#options.now()
    for (const [key, until] of this.#refused) if (until <= now) this.#refused.delete(key)
    // Whoever is left out is asked about again.
    if (this.#refused.size >= mostRefused) this.#refused.clear()
  }

  async #execute(statement: Statement, parameters: readonly SqlValue[]): Promise<readonly unknown[]> {
    const { driver } = this.#options
    const connection: Connection = await driver.acquire()
    try {
      return (await connection.execute(statement, parameters, driver.now() + withinMs)).values
    } finally {
      connection.release()
    }
  }
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000))
