/**
 * A connection as the engine knows it, over raw queries. Outside of a transaction each statement takes whatever
 * connection of Prisma's pool is free; inside, all of them go to the transaction's. A statement that fails inside takes
 * back itself alone, by a savepoint before it, as in SQLite.
 */

import {
  type Connection,
  DriverError,
  type ReadLimits,
  type ResultSet,
  readTooMuch,
  type SqlValue,
  type Statement,
} from '../driver.ts'
import { traitsOf } from '../sqlite-statements.ts'
import type { PrismaLike, PrismaQueries } from './client.ts'
import { endsWork, toDriverError } from './failure.ts'
import { type PrismaText, prismaText } from './text.ts'
import { beginTransaction, type OpenTransaction } from './transaction.ts'
import { decode, encode } from './values.ts'

export interface PrismaSettings {
  readonly client: PrismaLike
  /** Name of the schema with the tables, quoted. */
  readonly schema: string
  readonly maxWaitMs: number
  readonly now: () => number
  /** Locks of a session, each held by a transaction of its own: a session is nothing that Prisma lends. */
  readonly locks: Map<string, OpenTransaction>
}

const nothing: ResultSet = { width: 0, values: [], changes: 0 }
const own = '_dbal'
const sessionLock = /^\s*select\s+pg_advisory_(un)?lock\((.*)\)\s*$/is

export class PrismaConnection implements Connection {
  readonly #settings: PrismaSettings
  #open: OpenTransaction | undefined
  /** The savepoint that holds everything done so far; null where there is none, or changes stand behind it. */
  #recovery: string | null = null
  /** Our own savepoint is there, with changes behind it. */
  #isStale = false
  /** Milliseconds that the transaction's statements have; 0 is no limit. */
  #timeout = 0
  #isReleased = false

  constructor(settings: PrismaSettings) {
    this.#settings = settings
  }

  async execute(
    statement: Statement,
    parameters: readonly SqlValue[],
    deadline: number,
    most?: ReadLimits,
  ): Promise<ResultSet> {
    if (this.#isReleased) throw new DriverError('other', 21, 'The connection was given back')
    const traits = traitsOf(statement.sql)
    if (traits.control) return await this.#control(statement.sql, traits.rollsBack)
    const lock = sessionLock.exec(statement.sql)
    if (lock) return await this.#lock(lock[2] as string, lock[1] === undefined, statement.columns.length)
    const encoded = parameters.map(encode)
    const left = deadline === 0 ? 0 : Math.ceil(deadline - this.#settings.now())
    if (deadline !== 0 && left <= 0) throw new DriverError('interrupted', '57014', 'The deadline passed')
    const text = prismaText(statement, this.#settings.schema, parameters.length > 0)
    if (!this.#open) return await this.#outside(statement, text, encoded, most)
    return await this.#inside(this.#open, {
      statement,
      text,
      encoded,
      most,
      left,
      reads: traits.changesRows === false,
    })
  }

  async #outside(
    { columns }: Statement,
    text: PrismaText,
    parameters: readonly unknown[],
    most: ReadLimits | undefined,
  ): Promise<ResultSet> {
    try {
      return await send(this.#settings.client, columns, text, parameters, most)
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  async #inside(
    { tx }: OpenTransaction,
    work: {
      readonly statement: Statement
      readonly text: PrismaText
      readonly encoded: readonly unknown[]
      readonly most: ReadLimits | undefined
      readonly left: number
      readonly reads: boolean
    },
  ): Promise<ResultSet> {
    const { statement, text, encoded, most, left, reads } = work
    try {
      if (this.#recovery === null) {
        if (this.#isStale) await tx.$executeRawUnsafe(`release savepoint ${own}`)
        await tx.$executeRawUnsafe(`savepoint ${own}`)
        this.#recovery = own
        this.#isStale = false
      }
      await this.#limit(tx, left)
      const result = await send(tx, statement.columns, text, encoded, most)
      if (!reads || /^\s*with\b/i.test(statement.sql)) {
        this.#isStale = this.#recovery === own
        this.#recovery = null
      }
      return result
    } catch (thrown) {
      throw await this.#recover(toDriverError(thrown, false))
    }
  }

  /** A limit that stands may be up to twice as long as what is left: each change of it is a round trip. */
  async #limit(tx: PrismaQueries, left: number): Promise<void> {
    if (left === 0 ? this.#timeout === 0 : left <= this.#timeout && left * 2 >= this.#timeout) return
    await tx.$executeRawUnsafe(`set local statement_timeout = ${left}`)
    this.#timeout = left
  }

  /** Makes the transaction usable again, or says that it is gone. */
  async #recover(error: DriverError): Promise<DriverError> {
    const { kind, code, message, cause } = error
    const gone = (why: unknown) => new DriverError(kind, code, message, { cause: why, rolledBack: true })
    const savepoint = this.#recovery
    if (endsWork(error) || savepoint === null) {
      await this.#rollback()
      return gone(cause)
    }
    try {
      await this.#open?.tx.$executeRawUnsafe(`rollback to savepoint ${savepoint}`)
      // What was set behind the savepoint is taken back with it.
      this.#timeout = -1
      this.#isStale = false
      return error
    } catch (why) {
      await this.#rollback()
      return gone(why)
    }
  }

  async #control(sql: string, rollsBack: boolean): Promise<ResultSet> {
    const open = this.#open
    if (rollsBack) {
      await this.#rollback()
      return nothing
    }
    const begin = /^\s*begin\b[^;]*(?:;([\s\S]*))?$/i.exec(sql)
    if (begin) {
      if (open) throw new DriverError('other', '25001', 'There is a transaction already')
      await this.#begin(/\bread only\b/i.test(sql) ? sql : '', begin[1])
      return nothing
    }
    if (!open) throw new DriverError('other', '25P01', 'There is no transaction')
    if (/^\s*(?:commit|end)\b/i.test(sql)) {
      this.#forget()
      this.#open = undefined
      try {
        await open.commit()
      } catch (error) {
        throw toDriverError(error, true)
      }
      return nothing
    }
    await this.#savepoint(open, sql)
    return nothing
  }

  /** @param mode the words of a transaction that has some of its own */
  async #begin(mode: string, then: string | undefined): Promise<void> {
    const { client, maxWaitMs } = this.#settings
    try {
      this.#open = await beginTransaction(client, maxWaitMs)
      this.#timeout = -1
      const words = /\b(?:isolation|read)\b.*$/is.exec(mode)?.[0]
      if (words !== undefined) await this.#open.tx.$executeRawUnsafe(`set transaction ${words}`)
      // A lock that gives nothing: Prisma cannot read what is of type void.
      if (then?.trim()) await this.#open.tx.$executeRawUnsafe(then)
    } catch (error) {
      await this.#rollback()
      throw toDriverError(error, true)
    }
  }

  async #savepoint({ tx }: OpenTransaction, sql: string): Promise<void> {
    try {
      await tx.$executeRawUnsafe(sql)
    } catch (error) {
      await this.#rollback()
      throw toDriverError(error, true)
    }
    this.#forget()
    this.#timeout = -1
    const saved = /^\s*savepoint\s+(\w+)/i.exec(sql)?.[1]
    if (saved !== undefined) this.#recovery = saved
  }

  async #rollback(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    this.#forget()
    await open?.rollback()
  }

  #forget(): void {
    this.#recovery = null
    this.#isStale = false
  }

  async #lock(key: string, takes: boolean, width: number): Promise<ResultSet> {
    const { client, maxWaitMs, locks } = this.#settings
    const answer = { width, values: Array.from({ length: width }, () => null), changes: 0 }
    if (!takes) {
      const held = locks.get(key)
      locks.delete(key)
      await held?.rollback()
      return answer
    }
    try {
      const holder = await beginTransaction(client, maxWaitMs)
      try {
        await holder.tx.$executeRawUnsafe(`select pg_advisory_xact_lock(${key})`)
      } catch (error) {
        await holder.rollback()
        throw error
      }
      locks.set(key, holder)
      return answer
    } catch (error) {
      throw toDriverError(error, false)
    }
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    void this.#rollback()
  }
}

async function send(
  queries: PrismaQueries,
  columns: Statement['columns'],
  { sql, names }: PrismaText,
  parameters: readonly unknown[],
  most: ReadLimits | undefined,
): Promise<ResultSet> {
  if (columns.length === 0)
    return { width: 0, values: [], changes: await queries.$executeRawUnsafe(sql, ...parameters) }
  // One more than is allowed tells that there are more.
  const limited = most && names ? `${sql} limit ${most.rows + 1}` : sql
  const rows = (await queries.$queryRawUnsafe(limited, ...parameters)) as readonly Readonly<
    Record<string, unknown>
  >[]
  const own = names ?? Object.keys(rows[0] ?? {})
  if (rows.length > 0 && own.length !== columns.length) {
    throw new DriverError(
      'other',
      1,
      `The statement has ${own.length} result columns of different names, and ${columns.length} types were given`,
    )
  }
  if (most) refuseTooMuch(rows, most)
  const values: unknown[] = []
  for (const row of rows)
    for (const [at, type] of columns.entries()) values.push(decode(row[own[at] as string], type))
  const writes = names
    ? /^with q\([^)]*\) as materialized \(\s*(?:insert|update|delete|merge)\b/i.test(sql)
    : true
  return { width: columns.length, values, changes: writes ? rows.length : 0 }
}

function refuseTooMuch(rows: readonly Readonly<Record<string, unknown>>[], most: ReadLimits): void {
  if (rows.length > most.rows) throw readTooMuch('tooManyRows')
  let bytes = 0
  for (const row of rows)
    for (const value of Object.values(row))
      bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  if (bytes > most.bytes) throw readTooMuch('tooManyBytes')
}
