/** The words of a transaction, as statements that drivers keep prepared. Every dialect we know shares them but for the first. */

import type { Statement } from '../drivers/driver.ts'
import { ask, type Work } from './work.ts'

const statement = (sql: string): Statement => ({ sql, columns: [] })

export interface TransactionWords {
  readonly begin: Statement
  readonly beginWriting: Statement
  readonly beginExclusive: Statement
  /** What `beginWriting` does, in statements of one command each; absent where it is one. */
  readonly turn?: readonly Statement[]
  /**
   * Begins one that writes nothing and sees the database as it is at one moment, whatever others commit meanwhile. Absent
   * where there is one connection, on which nothing else runs meanwhile.
   */
  readonly beginReading?: readonly Statement[]
}

/** `begin immediate` takes the write lock at once, so that a read before the write cannot be overtaken. */
export const sqliteTransaction: TransactionWords = {
  begin: statement('begin'),
  beginWriting: statement('begin immediate'),
  beginExclusive: statement('begin exclusive'),
}

const commitStatement = statement('commit')
const rollbackStatement = statement('rollback')

const savepoints = Array.from({ length: 8 }, (_, depth) => ({
  save: statement(`savepoint s${depth}`),
  release: statement(`release savepoint s${depth}`),
  back: statement(`rollback to savepoint s${depth}`),
}))

export function* commit(): Work<void> {
  yield* ask(commitStatement, [])
}

/** Whether the statement makes a transaction durable: one that failed may have been carried out, its answer lost. */
export const isCommit = (statement: Statement): boolean => statement === commitStatement

/** Ends the transaction whatever state it is in: after a full disk or a stopped write SQLite has rolled back already. */
export function* rollback(): Work<void> {
  try {
    yield* ask(rollbackStatement, [])
  } catch {
    // Nothing to roll back: the database did it itself, which is what was wanted.
  }
}

/** Runs work in a transaction of its own; its failure undoes all of it. */
export function* whole<T>({ beginWriting }: TransactionWords, work: () => Work<T>): Work<T> {
  yield* ask(beginWriting, [])
  try {
    const value = yield* work()
    yield* commit()
    return value
  } catch (error) {
    yield* rollback()
    throw error
  }
}

/** The transaction around the savepoint is gone, and with it everything the group did so far. */
export class TransactionGone extends Error {
  override readonly name = 'TransactionGone'
}

/**
 * Runs work so that its failure undoes it alone.
 * @throws TransactionGone when the failure took the whole transaction with it; `cause` is the failure
 */
export function* atomic<T>(depth: number, work: () => Work<T>): Work<T> {
  const words = savepoints[depth]
  if (!words) throw new RangeError(`Savepoints nest at most ${savepoints.length} deep`)
  yield* ask(words.save, [])
  let value: T
  try {
    value = yield* work()
  } catch (error) {
    try {
      yield* ask(words.back, [])
      yield* ask(words.release, [])
    } catch {
      throw new TransactionGone('The transaction was rolled back', { cause: error })
    }
    throw error
  }
  yield* ask(words.release, [])
  return value
}
