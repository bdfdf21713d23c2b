/**
 * One round trip: a savepoint where one is needed, and the statement behind it, in one packet. The client library would
 * wait for the answer to each; and a statement that fails must take back itself alone, as it does in SQLite, while
 * PostgreSQL gives up the whole transaction unless there is a savepoint to go back to.
 */

import type pg from 'pg'
import { type ColumnType, DriverError } from '../driver.ts'
import { type Decode, decoderOf } from './values.ts'

/** A statement as one connection has it prepared. */
export interface Prepared {
  readonly name: string
  readonly sql: string
  readonly columns: readonly ColumnType[]
  /** Undefined until the server has described the columns. */
  decoders: readonly Decode[] | undefined
}

/** What the client library's connection can do; its types leave out what custom queries need. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  query(text: string): void
  parse(message: { name: string; text: string }): void
  bind(message: { portal: string; statement: string; values: readonly (string | Buffer | null)[] }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: { portal: string; rows?: number }): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

export interface RunResult {
  readonly values: unknown[]
  readonly changes: number
}

type Done = (error: unknown, result: RunResult) => void

/** Speaks with the server as the client library's own queries do. */
export class Run implements pg.Submittable {
  readonly #before: readonly string[]
  readonly #prepared: Prepared
  readonly #parameters: readonly (string | Buffer | null)[]
  readonly #closing: readonly string[]
  readonly #done: Done
  readonly #values: unknown[] = []
  #left: number
  #changes = 0
  #error: unknown
  /** The library puts one here when a query has none. */
  callback: (error?: unknown) => void = () => {}

  /**
   * @param before statements without parameters that go first
   * @param closing names of prepared statements that are not needed any more
   */
  constructor(
    prepared: Prepared,
    parameters: readonly (string | Buffer | null)[],
    before: readonly string[],
    closing: readonly string[],
    done: Done,
  ) {
    this.#prepared = prepared
    this.#parameters = parameters
    this.#before = before
    this.#closing = closing
    this.#done = done
    this.#left = before.length
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    wire.stream.cork()
    for (const text of this.#before) {
      wire.parse({ name: '', text })
      wire.bind({ portal: '', statement: '', values: [] })
      wire.execute({ portal: '' })
    }
    for (const closed of this.#closing) wire.close({ type: 'S', name: closed })
    sendOne(wire, this.#prepared, this.#parameters, false)
    wire.sync()
    wire.stream.uncork()
  }

  handleRowDescription({ fields }: { fields: readonly { dataTypeID: number }[] }): void {
    const { columns } = this.#prepared
    if (fields.length !== columns.length && columns.length > 0) {
      this.#error ??= new DriverError(
        'other',
        1,
        `The statement has ${fields.length} result columns, and ${columns.length} types were given`,
      )
      return
    }
    this.#prepared.decoders = columns.map((type, at) => decoderOf(type, fields[at]?.dataTypeID ?? 0))
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const decoders = this.#prepared.decoders
    if (!decoders || decoders.length === 0 || this.#error !== undefined) return
    try {
      for (let at = 0; at < decoders.length; at++) {
        const field = fields[at] as string | null
        this.#values.push(field === null ? null : (decoders[at] as Decode)(field))
      }
    } catch (error) {
      this.#error = error
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    if (this.#left-- > 0) return
    this.#changes = changesOf(text)
    if (this.#prepared.decoders) return
    const { columns } = this.#prepared
    if (columns.length > 0) {
      this.#error ??= new DriverError(
        'other',
        1,
        `The statement gives no columns, and ${columns.length} types were given`,
      )
    } else this.#prepared.decoders = []
  }

  handleEmptyQuery(): void {
    this.#error ??= new DriverError('syntax', 1, 'The text holds no statement')
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('There is nothing to copy')
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#error ??= error
    // The library forgets a query with its error; what is sent next waits until the server is ready again.
    this.#finish()
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  #isDone = false
  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done(this.#error, { values: this.#values, changes: this.#changes })
  }
}

/** A statement and its values, as one connection has them. */
export interface Bound {
  readonly prepared: Prepared
  readonly parameters: readonly (string | Buffer | null)[]
}

/** Statements in one packet. The first that fails is the last that is run. */
export class RunAll implements pg.Submittable {
  readonly #all: readonly Bound[]
  readonly #closing: readonly string[]
  readonly #done: (error: unknown, result: RunResult, tag: string) => void
  /** The one whose answer comes next. */
  #at = 0
  #run: Run
  #tag = ''
  #error: unknown
  #result: RunResult = { values: [], changes: 0 }
  #isDone = false
  callback: (error?: unknown) => void = () => {}

  /** @param done gets what the last one gives, and its tag */
  constructor(
    all: readonly Bound[],
    closing: readonly string[],
    done: (error: unknown, result: RunResult, tag: string) => void,
  ) {
    this.#all = all
    this.#closing = closing
    this.#done = done
    this.#run = this.#next()
  }

  #next(): Run {
    const { prepared, parameters } = this.#all[this.#at] as Bound
    return new Run(prepared, parameters, [], [], (error, result) => {
      this.#error ??= error
      this.#result = result
    })
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    wire.stream.cork()
    for (const closed of this.#closing) wire.close({ type: 'S', name: closed })
    const seen = new Set<Prepared>()
    for (const { prepared, parameters } of this.#all) {
      sendOne(wire, prepared, parameters, seen.has(prepared))
      seen.add(prepared)
    }
    wire.sync()
    wire.stream.uncork()
  }

  handleRowDescription(message: { fields: readonly { dataTypeID: number }[] }): void {
    this.#run.handleRowDescription(message)
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    this.#run.handleDataRow(message)
  }

  handleCommandComplete(message: { text: string }): void {
    this.#tag = message.text
    this.#run.handleCommandComplete(message)
    this.#end()
  }

  handleEmptyQuery(): void {
    this.#run.handleEmptyQuery()
    this.#end()
  }

  #end(): void {
    this.#run.handleReadyForQuery()
    if (++this.#at < this.#all.length) this.#run = this.#next()
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: { sendCopyFail(reason: string): void }): void {
    this.#run.handleCopyInResponse(connection)
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#error ??= error
    this.#finish()
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done(this.#error, this.#result, this.#tag)
  }
}

/** @param isParsed it was sent before in the same packet */
function sendOne(
  wire: Wire,
  { name, sql, decoders }: Prepared,
  parameters: readonly (string | Buffer | null)[],
  isParsed: boolean,
): void {
  if ((!decoders && !isParsed) || name === '') wire.parse({ name, text: sql })
  wire.bind({ portal: '', statement: name, values: parameters })
  if (!decoders && !isParsed) wire.describe({ type: 'P', name: '' })
  wire.execute({ portal: '' })
}

/** Statements of a transaction, in the simple protocol, where one text may hold several. */
export class ControlRun implements pg.Submittable {
  readonly #text: string
  readonly #done: (error: unknown, tag: string) => void
  #error: unknown
  #tag = ''
  callback: (error?: unknown) => void = () => {}

  constructor(text: string, done: (error: unknown, tag: string) => void) {
    this.#text = text
    this.#done = done
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    wire.query(this.#text)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}

  handleCommandComplete({ text }: { text: string }): void {
    this.#tag = text
  }

  handleError(error: unknown): void {
    this.#error ??= error
    this.#finish()
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  #isDone = false
  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done(this.#error, this.#tag)
  }
}

const changing = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/

function changesOf(tag: string): number {
  return Number(changing.exec(tag)?.[1] ?? 0)
}
