/** An interactive transaction as the client holds it: a number that each of its calls carries. */

import { DBALError } from '../protocol/error.ts'

export interface TransactionOptions {
  /** When the lock on the database is taken. Default: immediate. */
  readonly mode?: 'deferred' | 'immediate' | 'exclusive'
  /** Milliseconds without a call. Default: 5,000. */
  readonly idleTimeout?: number
  /** Milliseconds in all, from its turn on. Default: 30,000. */
  readonly timeout?: number
}

interface Line {
  call(method: string, params: readonly unknown[], transaction: number): Promise<unknown>
}

/** Calls leave and are run in the order in which they are made, so a commit comes after what was called before it. */
export class OpenTransaction {
  readonly #line: Line
  readonly #number: number
  #ended = false

  private constructor(line: Line, number: number) {
    this.#line = line
    this.#number = number
  }

  static async begin(
    line: Line,
    number: number,
    options: TransactionOptions | undefined,
  ): Promise<OpenTransaction> {
    try {
      await line.call('transaction.begin', [options], number)
    } catch (error) {
      // Its turn may come all the same, after nobody waits for it any more.
      if (error instanceof DBALError && error.is('TIMEOUT'))
        line.call('transaction.rollback', [], number).catch(() => {
          // Refused: it never began.
        })
      throw error
    }
    return new OpenTransaction(line, number)
  }

  /** Neither committed nor rolled back by its owner. It may still have run out of time. */
  get isOpen(): boolean {
    return !this.#ended
  }

  /** As `Connection.call`, inside of this transaction. Rejects after its end. */
  call(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#ended ? Promise.reject(transactionEnded()) : this.#line.call(method, params, this.#number)
  }

  /** @throws DBALError why nothing of it was kept */
  commit(): Promise<void> {
    return this.#end('transaction.commit')
  }

  async rollback(): Promise<void> {
    await this.#end('transaction.rollback')
  }

  /** Names this point; the latest of equal names counts. */
  async savepoint(name: string): Promise<void> {
    await this.call('transaction.savepoint', [name])
  }

  /** Keeps what was done since, and forgets the name and those after it. */
  async release(name: string): Promise<void> {
    await this.call('transaction.release', [name])
  }

  /** Undoes what was done since; the savepoint stays. */
  async rollbackTo(name: string): Promise<void> {
    await this.call('transaction.rollbackTo', [name])
  }

  async #end(method: string): Promise<void> {
    const ended = this.call(method, [])
    this.#ended = true
    await ended
  }
}

export const transactionEnded = (): DBALError =>
  new DBALError('CONFLICT', 'This transaction has ended; calls that are made now are not part of it', {
    reason: 'transaction',
  })
