/**
 * Engine steps that talk to the database are generators: they yield statements and get result sets. One runner drives
 * them on a synchronous driver without a single await, another on a driver that answers with promises, so every step is
 * written once for SQLite in a worker and for a PostgreSQL pool.
 */

import type {
  Connection,
  PacketConnection,
  ReadLimits,
  ResultSet,
  SqlValue,
  Statement,
} from '../drivers/driver.ts'
import { DriverError } from '../drivers/driver.ts'
import { type DBALError, invalid } from '../protocol/error.ts'
import type { Limits } from '../protocol/limits.ts'

export interface Ask {
  readonly statement: Statement
  readonly parameters: readonly SqlValue[]
  readonly most?: ReadLimits
  /**
   * Nothing of its answer is needed but that there is one. `inOrder`: it may be sent together with what is asked next;
   * `late`: behind that too, for nothing in its transaction looks at what it writes.
   */
  readonly told?: 'inOrder' | 'late'
  /** What is to be run before it and sent together with it, where the driver takes packets. */
  readonly ahead?: readonly Ask[]
}

export type ResultLimits = Pick<Limits, 'maxResultRows' | 'maxResultBytes'>

/** A step: `const rows = yield* ask(statement, parameters)`. */
export type Work<T> = Generator<Ask, T, ResultSet>

/** The instant, on the driver's clock, at which the running statement is stopped; 0 is never. Moves from call to call. */
export interface Deadline {
  at: number
}

/** @param most more than that is not read: the driver fails with `tooManyRows` or `tooManyBytes` */
export function* ask(
  statement: Statement,
  parameters: readonly SqlValue[],
  most?: ReadLimits,
): Work<ResultSet> {
  return yield most ? { statement, parameters, most } : { statement, parameters }
}

// biome-ignore lint/correctness/useYield: a step that fails before it asks anything
export function* refuse(error: unknown): Work<never> {
  throw error
}

/** Of a statement whose answer tells nothing, see `Ask.told`; as a rule it is answered like any other. */
export function* tell(
  statement: Statement,
  parameters: readonly SqlValue[],
  told: Ask['told'] & string = 'inOrder',
): Work<ResultSet> {
  return yield { statement, parameters, told }
}

/**
 * The step of a query whose caller decides how much it reads.
 * @throws DBALError VALIDATION_ERROR for more than the limits
 */
export function* askWithin(
  limits: ResultLimits,
  statement: Statement,
  parameters: readonly SqlValue[],
): Work<ResultSet> {
  const most = { rows: limits.maxResultRows, bytes: limits.maxResultBytes }
  try {
    return yield* ask(statement, parameters, most)
  } catch (error) {
    throw (error instanceof DriverError ? readsTooMuch(error, limits) : undefined) ?? error
  }
}

function readsTooMuch({ kind }: DriverError, limits: ResultLimits): DBALError | undefined {
  switch (kind) {
    case 'tooManyRows':
      return tooManyRows(limits)
    case 'tooManyBytes':
      return tooManyBytes(limits)
    default:
      return undefined
  }
}

export function tooManyRows({ maxResultRows }: ResultLimits): DBALError {
  return invalid('', `reads more than ${maxResultRows} rows at once (limit maxResultRows)`)
}

export function tooManyBytes({ maxResultBytes }: ResultLimits): DBALError {
  return invalid('', `reads more than ${maxResultBytes} bytes at once (limit maxResultBytes)`)
}

/** Drives a step on a connection whose `execute` never returns a promise. */
export function runSync<T>(work: Work<T>, connection: Connection, deadline: Deadline): T {
  let step = work.next()
  while (!step.done) {
    const { statement, parameters, most } = step.value
    let answer: ResultSet
    try {
      answer = connection.execute(statement, parameters, deadline.at, most) as ResultSet
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(answer)
  }
  return step.value
}

/**
 * Drives a step on any connection.
 * @param failed told of each statement that failed, before the step is
 */
export async function runAsync<T>(
  work: Work<T>,
  connection: Connection,
  deadline: Deadline,
  failed?: (statement: Statement) => void,
): Promise<T> {
  let step = work.next()
  while (!step.done) {
    const { statement, parameters, most, ahead } = step.value
    let answer: ResultSet
    try {
      answer = await (ahead
        ? (connection as PacketConnection).executeAll([...ahead, step.value], deadline.at)
        : connection.execute(statement, parameters, deadline.at, most))
    } catch (error) {
      failed?.(statement)
      step = work.throw(error)
      continue
    }
    step = work.next(answer)
  }
  return step.value
}
