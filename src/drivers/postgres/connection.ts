/** One connection of the pool, with SQLite's manners: a statement that fails inside a transaction takes back itself alone. */

import type pg from 'pg'
import {
  DriverError,
  type PacketConnection,
  type ResultSet,
  type SqlValue,
  type Statement,
} from '../driver.ts'
import { traitsOf } from '../sqlite-statements.ts'
import { StatementCache } from '../statement-cache.ts'
import { endsTransaction, toDriverError } from './codes.ts'
import { type Bound, ControlRun, type Prepared, Run, RunAll, type RunResult } from './run.ts'
import { postgresText } from './text.ts'
import { encode } from './values.ts'

export interface ConnectionSettings {
  /** The schema's name, quoted. */
  readonly schema: string
  readonly cacheStatements: number
  readonly now: () => number
  /** Asks the server to stop what a backend is doing. */
  readonly cancel: (processId: number) => Promise<void>
}

const nothing: ResultSet = { width: 0, values: [], changes: 0 }

/** The savepoint that a failing statement goes back to. Names of the engine's own savepoints are others. */
const own = '_dbal'

/** What a client of the pool has prepared outlives the one who borrowed it. */
export class ClientState {
  readonly client: pg.PoolClient
  readonly statements: StatementCache<Prepared>
  /** Names to be closed with the next statement. */
  closing: string[] = []
  #lastName = 0

  constructor(client: pg.PoolClient, cacheStatements: number) {
    this.client = client
    this.statements = new StatementCache(cacheStatements, ({ name }) => this.closing.push(name))
  }

  nextName(): string {
    return `_dbal_${++this.#lastName}`
  }
}

export class PostgresConnection implements PacketConnection {
  readonly #state: ClientState
  readonly #settings: ConnectionSettings
  readonly #released: (broken: unknown) => void
  /** The savepoint that holds everything done so far; null where there is none, or changes stand behind it. */
  #recovery: string | null = null
  /** Our own savepoint is there, with changes behind it. */
  #isStale = false
  /** Why the client must not be used again. */
  #broken: unknown
  #isReleased = false

  constructor(state: ClientState, settings: ConnectionSettings, released: (broken: unknown) => void) {
    this.#state = state
    this.#settings = settings
    this.#released = released
  }

  get #isInTransaction(): boolean {
    return this.#state.client.getTransactionStatus() === 'T'
  }

  async execute(statement: Statement, parameters: readonly SqlValue[], deadline: number): Promise<ResultSet> {
    this.#assertUsable()
    const { control, rollsBack } = traits(statement)
    if (control) return await this.#control(statement.sql, rollsBack)
    const encoded = parameters.map(encode)
    this.#assertTime(deadline)
    return await this.#run(statement, encoded, deadline, true)
  }

  async executeAll(
    all: readonly { readonly statement: Statement; readonly parameters: readonly SqlValue[] }[],
    deadline: number,
  ): Promise<ResultSet> {
    this.#assertUsable()
    const fresh = new Map<Statement, Prepared>()
    const last = all.at(-1)?.statement as Statement
    try {
      this.#assertTime(deadline)
      const bound = all.map(
        ({ statement, parameters }): Bound => ({
          prepared: this.#preparedFor(statement, parameters.length > 0, fresh),
          parameters: parameters.map(encode),
        }),
      )
      const { values, changes } = await this.#within(
        deadline,
        (closing, done) =>
          new RunAll(bound, closing, (error, result, tag) => done(error ?? undone(last.sql, tag), result)),
      )
      for (const [statement, prepared] of fresh) this.#state.statements.add(statement, prepared)
      if (this.#isInTransaction) this.#recovered(false, true)
      else this.#forget()
      return { width: last.columns.length, values, changes }
    } catch (thrown) {
      // Which of them the server has prepared is not known; nor which of them it would not take any more.
      for (const { name } of fresh.values()) this.#state.closing.push(name)
      for (const { statement } of all) this.#state.statements.delete(statement)
      throw await this.#recover(thrown, true, false)
    }
  }

  /** @param fresh those that are prepared for the first time */
  #preparedFor(statement: Statement, numbered: boolean, fresh: Map<Statement, Prepared>): Prepared {
    if (statement.once) return this.#prepare(statement, numbered)
    let prepared = this.#state.statements.get(statement) ?? fresh.get(statement)
    if (!prepared) {
      prepared = this.#prepare(statement, numbered)
      fresh.set(statement, prepared)
    }
    return prepared
  }

  #assertUsable(): void {
    if (this.#isReleased) throw new DriverError('other', 21, 'The connection was given back')
    if (this.#broken !== undefined) throw toDriverError(this.#broken, true)
  }

  #assertTime(deadline: number): void {
    if (deadline !== 0 && this.#settings.now() >= deadline)
      throw new DriverError('interrupted', '57014', 'The deadline passed')
  }

  async #run(
    statement: Statement,
    parameters: readonly (string | Buffer | null)[],
    deadline: number,
    mayPrepareAgain: boolean,
  ): Promise<ResultSet> {
    const { statements } = this.#state
    const known = statement.once ? undefined : statements.get(statement)
    const prepared = known ?? this.#prepare(statement, parameters.length > 0)
    const isInside = this.#isInTransaction
    const before = isInside && this.#recovery === null ? this.#saving() : []
    try {
      const { values, changes } = await this.#within(
        deadline,
        (closing, done) => new Run(prepared, parameters, before, closing, done),
      )
      if (isInside) this.#recovered(before.length > 0, traits(statement).changesRows !== false)
      if (!known && !statement.once) statements.add(statement, prepared)
      return { width: statement.columns.length, values, changes }
    } catch (thrown) {
      if (!known && prepared.name !== '') this.#state.closing.push(prepared.name)
      const error = await this.#recover(thrown, isInside, before.length > 0)
      // The table has another form than when the statement was prepared.
      if (error.code === '0A000' && known && mayPrepareAgain && !error.rolledBack) {
        statements.delete(statement)
        return await this.#run(statement, parameters, deadline, false)
      }
      throw error
    }
  }

  #prepare({ sql, columns, once }: Statement, numbered: boolean): Prepared {
    return {
      name: once ? '' : this.#state.nextName(),
      sql: postgresText(sql, this.#settings.schema, numbered),
      columns,
      decoders: undefined,
    }
  }

  /** A savepoint behind all that was done; ours moves up. */
  #saving(): string[] {
    return this.#isStale ? [`release savepoint ${own}`, `savepoint ${own}`] : [`savepoint ${own}`]
  }

  #recovered(isOwn: boolean, changed: boolean): void {
    if (isOwn) this.#recovery = own
    if (!changed) return
    this.#isStale = this.#recovery === own
    this.#recovery = null
  }

  /** Makes the transaction usable again, or says that it is gone. */
  async #recover(thrown: unknown, wasInside: boolean, saved: boolean): Promise<DriverError> {
    if (!wasInside || this.#broken !== undefined) return toDriverError(thrown, wasInside)
    const error = toDriverError(thrown, false)
    const savepoint = saved ? own : this.#recovery
    if (endsTransaction(String(error.code)) || savepoint === null) {
      await this.#query('rollback')
      this.#forget()
      return gone(error)
    }
    try {
      await this.#query(`rollback to savepoint ${savepoint}`)
      this.#recovery = savepoint
      this.#isStale = false
      return error
    } catch (cause) {
      await this.#query('rollback')
      this.#forget()
      return gone(error, cause)
    }
  }

  #forget(): void {
    this.#recovery = null
    this.#isStale = false
  }

  async #control(sql: string, rollsBack: boolean): Promise<ResultSet> {
    const isInside = this.#isInTransaction
    if (rollsBack && !isInside) return nothing
    if (commits.test(sql) && !isInside)
      throw new DriverError('other', '25P01', 'There is no transaction to commit')
    try {
      const tag = await this.#query(sql)
      const error = undone(sql, tag)
      if (error) throw error
    } catch (thrown) {
      if (this.#broken !== undefined) throw toDriverError(thrown, isInside)
      this.#forget()
      if (isInside) await this.#query('rollback')
      throw toDriverError(thrown, isInside)
    }
    this.#forget()
    const saved = /^\s*savepoint\s+(\w+)/i.exec(sql)?.[1]
    if (saved !== undefined) this.#recovery = saved
    return nothing
  }

  #query(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#state.client.query(
        new ControlRun(text, (error, tag) => {
          if (error === undefined) return resolve(tag)
          this.#note(error)
          reject(error)
        }),
      )
    })
  }

  /** @param make what is sent; it closes the prepared statements that it is given */
  async #within(
    deadline: number,
    make: (closing: readonly string[], done: (error: unknown, result: RunResult) => void) => pg.Submittable,
  ): Promise<RunResult> {
    const closing = this.#state.closing
    this.#state.closing = []
    let cancelled: Promise<void> | undefined
    const timer =
      deadline === 0
        ? undefined
        : setTimeout(() => (cancelled = this.#cancel()), Math.max(deadline - this.#settings.now(), 0))
    try {
      return await new Promise<RunResult>((resolve, reject) => {
        this.#state.client.query(
          make(closing, (error, result) => {
            if (error === undefined) return resolve(result)
            this.#note(error)
            reject(error)
          }),
        )
      })
    } finally {
      clearTimeout(timer)
      // So that it cannot hit the next statement.
      await cancelled
    }
  }

  async #cancel(): Promise<void> {
    const { processID } = this.#state.client as unknown as { processID: number }
    try {
      await this.#settings.cancel(processID)
    } catch (error) {
      // A server that cannot be told to stop is given up.
      this.#broken = error
      ;(
        this.#state.client as unknown as { connection: { stream: { destroy(): void } } }
      ).connection.stream.destroy()
    }
  }

  /** After the end of the connection nothing can be asked of it. */
  #note(error: unknown): void {
    if (error instanceof DriverError) return
    const { severity } = error as { severity?: unknown }
    if (severity === undefined || severity === 'FATAL') this.#broken = error
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    if (this.#broken !== undefined || this.#state.client.getTransactionStatus() === 'I') {
      this.#released(this.#broken)
      return
    }
    this.#query('rollback').then(
      () => this.#released(undefined),
      (error: unknown) => this.#released(error),
    )
  }
}

/** The failure, and the transaction with it. */
const gone = ({ kind, code, message, cause: own }: DriverError, cause: unknown = own): DriverError =>
  new DriverError(kind, code, message, { cause, rolledBack: true })

const commits = /^\s*(?:commit|end)\b/i

/** PostgreSQL answers a commit of what has failed with a rollback, and calls that no error. */
function undone(sql: string, tag: string): DriverError | undefined {
  if (tag !== 'ROLLBACK' || !commits.test(sql)) return undefined
  return new DriverError('other', '25P02', 'The transaction had failed', { rolledBack: true })
}

const known = new WeakMap<Statement, ReturnType<typeof traitsOf>>()

function traits(statement: Statement): ReturnType<typeof traitsOf> {
  let found = known.get(statement)
  if (!found) {
    found = traitsOf(statement.sql)
    known.set(statement, found)
  }
  return found
}
