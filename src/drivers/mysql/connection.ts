/** One connection of the pool, for a piece of work of its own. */

import type { FieldPacket, PoolConnection, PrepareStatementInfo, ResultSetHeader } from 'mysql2'
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
import { endsTransaction, lockWaitTimeout, needsPreparing, toDriverError, unknownStatement } from './codes.ts'
import { mysqlText, textForTypes } from './text.ts'
import { type Decode, decoderOf, encode, type Parameter } from './values.ts'

export interface ConnectionSettings {
  /** The database's name, quoted. */
  readonly database: string
  /** The server reads a parameter, for good, as of the type that its first value had. */
  readonly keepsTypes: boolean
  /** A wait for a lock that was too long has taken the transaction with it, not the statement alone. */
  readonly lockWaitRollsBack: boolean
  readonly now: () => number
  /** Ends the statement that a connection works at. */
  readonly kill: (threadId: number) => Promise<void>
}

/** What the library's commands do; its types leave it out. */
interface Command {
  on(event: 'fields', listener: (fields: readonly FieldPacket[] | undefined) => void): this
  on(event: 'result', listener: (result: unknown) => void): this
  on(event: 'error', listener: (error: unknown) => void): this
  on(event: 'end', listener: () => void): this
}

const nothing: ResultSet = { width: 0, values: [], changes: 0 }

/** The server's flag for an open transaction. */
const inTransaction = 1

export class MysqlConnection implements Connection {
  readonly #client: PoolConnection
  readonly #settings: ConnectionSettings
  readonly #released: (isBroken: boolean) => void
  #isInside = false
  /** Why the client must not be used again. */
  #broken: unknown
  #isReleased = false
  readonly #onLost: (error: unknown) => void
  #lost: (error: unknown) => void = () => {}

  constructor(client: PoolConnection, settings: ConnectionSettings, released: (isBroken: boolean) => void) {
    this.#client = client
    this.#settings = settings
    this.#released = released
    this.#onLost = (error) => {
      this.#broken ??= error
      this.#lost(error)
    }
    client.on('error', this.#onLost)
  }

  async execute(
    statement: Statement,
    parameters: readonly SqlValue[],
    deadline: number,
    most?: ReadLimits,
  ): Promise<ResultSet> {
    if (this.#isReleased) throw new DriverError('other', 21, 'The connection was given back')
    if (this.#broken !== undefined) throw toDriverError(this.#broken, this.#leave())
    const { control, rollsBack } = traits(statement)
    if (control) return await this.#control(statement.sql, rollsBack)
    const encoded = parameters.map(encode)
    const { database, keepsTypes } = this.#settings
    const text = textOf(statement, database)
    const sql = keepsTypes ? textForTypes(text, encoded) : text
    if (deadline !== 0 && this.#settings.now() >= deadline)
      throw new DriverError('interrupted', 1317, 'The deadline passed')
    try {
      return await this.#run(statement, sql, encoded, deadline, most)
    } catch (thrown) {
      const { errno } = thrown as { errno?: unknown }
      const isStale = errno === needsPreparing || errno === unknownStatement
      if (!isStale) throw this.#failure(thrown, isCall(statement))
      this.#client.unprepare(sql)
    }
    try {
      return await this.#run(statement, sql, encoded, deadline, most)
    } catch (thrown) {
      throw this.#failure(thrown, isCall(statement))
    }
  }

  async #control(sql: string, rollsBack: boolean): Promise<ResultSet> {
    if (rollsBack && !this.#isInside) return nothing
    if (/^\s*(?:commit|end)\b/i.test(sql) && !this.#isInside)
      throw new DriverError('other', 1, 'There is no transaction to commit')
    try {
      await this.#send([], (done) => done(this.#client.query(sql) as unknown as Command), 0, undefined)
      return nothing
    } catch (thrown) {
      throw this.#failure(thrown)
    }
  }

  async #run(
    statement: Statement,
    sql: string,
    parameters: readonly Parameter[],
    deadline: number,
    most: ReadLimits | undefined,
  ): Promise<ResultSet> {
    const { columns } = statement
    const client = this.#client
    try {
      const { values, changes } = await this.#send(
        columns,
        (done, failed) => {
          // What gives and takes nothing may be a statement that the server does not prepare.
          if (parameters.length === 0 && columns.length === 0)
            return done(client.query(sql) as unknown as Command)
          client.prepare(sql, (error: unknown, prepared: PrepareStatementInfo) => {
            if (error) return failed(error)
            const { length } = (prepared as unknown as { parameters: readonly unknown[] }).parameters
            if (length !== parameters.length)
              return failed(new DriverError('other', 1, `The statement has ${length} parameters`))
            done(prepared.execute(parameters as never) as unknown as Command)
          })
        },
        deadline,
        most,
      )
      const width = columns.length
      return { width, values, changes: width > 0 ? returned(statement, values.length / width) : changes }
    } finally {
      if (statement.once && this.#broken === undefined) client.unprepare(sql)
    }
  }

  /** Runs one command of the library to its end; a limit that is passed, or the deadline, makes the server end it. */
  async #send(
    columns: Statement['columns'],
    start: (done: (command: Command) => void, failed: (error: unknown) => void) => void,
    deadline: number,
    most: ReadLimits | undefined,
  ): Promise<{ values: readonly unknown[]; changes: number }> {
    let killed: Promise<void> | undefined
    const stop = () => (killed ??= this.#kill())
    const timer = deadline === 0 ? undefined : setTimeout(stop, Math.max(deadline - this.#settings.now(), 0))
    const reading = new Reading(columns, most, stop)
    let isStopped = false
    try {
      await new Promise<void>((resolve, reject) => {
        this.#lost = reject
        start((command) => {
          command
            .on('fields', (fields) => reading.describe(fields))
            .on('result', (result) => reading.take(result))
            .on('error', reject)
            .on('end', resolve)
        }, reject)
      })
    } catch (error) {
      isStopped = true
      // The server's word for the end that was asked for.
      throw this.#broken === undefined ? (reading.failure ?? error) : error
    } finally {
      this.#lost = () => {}
      clearTimeout(timer)
      if (killed) {
        await killed
        // One that came too late must not hit the next statement.
        if (!isStopped) await this.#settle()
      }
    }
    if (reading.status !== undefined) this.#isInside = (reading.status & inTransaction) !== 0
    if (reading.failure !== undefined) throw reading.failure
    return reading
  }

  async #kill(): Promise<void> {
    try {
      await this.#settings.kill(this.#client.threadId)
    } catch (error) {
      // A server that cannot be told to stop is given up.
      this.#broken ??= error
      this.#lost(error)
      this.#client.destroy()
    }
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => this.#client.query('do 0', () => resolve()))
  }

  /** Whether there was a transaction; there is none after it. */
  #leave(): boolean {
    const wasInside = this.#isInside
    this.#isInside = false
    return wasInside
  }

  #failure(thrown: unknown, calls = false): DriverError {
    // A procedure may have begun a transaction before it failed: whoever has the connection next must not find it.
    if (calls) this.#isInside = true
    if (this.#broken !== undefined) return toDriverError(thrown, this.#leave())
    const error = toDriverError(thrown, false)
    const isGone =
      endsTransaction(error.code) || (error.code === lockWaitTimeout && this.#settings.lockWaitRollsBack)
    return isGone && this.#leave() ? toDriverError(thrown, true) : error
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    const end = (isBroken: boolean) => {
      this.#client.off('error', this.#onLost)
      this.#released(isBroken)
    }
    if (this.#broken !== undefined || !this.#isInside) end(this.#broken !== undefined)
    else this.#client.query('rollback', (error: unknown) => end(Boolean(error)))
  }
}

/** What a command has given so far. */
class Reading {
  readonly #columns: Statement['columns']
  readonly #most: ReadLimits | undefined
  readonly #stop: () => void
  #decoders: readonly Decode[] = []
  #rows = 0
  #bytes = 0
  readonly values: unknown[] = []
  changes = 0
  /** The server's, as far as it told. */
  status: number | undefined
  failure: unknown

  constructor(columns: Statement['columns'], most: ReadLimits | undefined, stop: () => void) {
    this.#columns = columns
    this.#most = most
    this.#stop = stop
  }

  describe(fields: readonly FieldPacket[] | undefined): void {
    const columns = this.#columns
    const length = fields?.length ?? 0
    if (length !== columns.length) {
      if (columns.length === 0) return
      this.failure = new DriverError(
        'other',
        1,
        `The statement has ${length} result columns, and ${columns.length} types were given`,
      )
      return
    }
    this.#decoders = columns.map((type, at) => decoderOf(type, fields?.[at] ?? {}))
  }

  take(result: unknown): void {
    if (!Array.isArray(result)) {
      const { affectedRows, serverStatus } = result as ResultSetHeader
      this.changes = affectedRows
      this.status = serverStatus
      return
    }
    if (this.failure !== undefined || this.#decoders.length === 0) return
    try {
      this.#takeRow(result)
    } catch (error) {
      this.failure = error
    }
  }

  #takeRow(row: readonly unknown[]): void {
    const most = this.#most
    if (most && ++this.#rows > most.rows) {
      this.#end('tooManyRows')
      return
    }
    for (let at = 0; at < row.length; at++) {
      const sent = row[at]
      const value = sent === null ? null : (this.#decoders[at] as Decode)(sent)
      if (most)
        this.#bytes += typeof sent === 'string' && typeof value !== 'number' ? sent.length : sizeOf(value)
      this.values.push(value)
    }
    if (most && this.#bytes > most.bytes) this.#end('tooManyBytes')
  }

  #end(kind: 'tooManyRows' | 'tooManyBytes'): void {
    this.failure = readTooMuch(kind)
    this.values.length = 0
    this.#stop()
  }
}

const sizeOf = (value: unknown): number => (value instanceof Uint8Array ? value.length : 8)

const isCall = ({ sql }: Statement): boolean => /^\s*call\b/i.test(sql)

const returned = (statement: Statement, rows: number): number => (traits(statement).changesRows ? rows : 0)

const texts = new WeakMap<Statement, { readonly database: string; readonly sql: string }>()

function textOf(statement: Statement, database: string): string {
  let found = texts.get(statement)
  if (found?.database !== database) {
    found = { database, sql: mysqlText(statement.sql, database) }
    texts.set(statement, found)
  }
  return found.sql
}

const known = new WeakMap<Statement, ReturnType<typeof traitsOf>>()

/** `start transaction` is MySQL's own way to begin one. */
function traits(statement: Statement): ReturnType<typeof traitsOf> {
  let found = known.get(statement)
  if (!found) {
    const read = traitsOf(statement.sql)
    found = /^\s*start\s+transaction\b/i.test(statement.sql) ? { ...read, control: true } : read
    known.set(statement, found)
  }
  return found
}
