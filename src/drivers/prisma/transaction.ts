/** One of Prisma's interactive transactions, which is a function, as a thing that is begun and ended. */

import type { PrismaLike, PrismaQueries } from './client.ts'

export interface OpenTransaction {
  readonly tx: PrismaQueries
  /** Rejects with what the database says of the commit. */
  commit(): Promise<void>
  /** Never rejects: what is not there any more needs no end. */
  rollback(): Promise<void>
}

/** Thrown inside, so that Prisma rolls back. */
class RolledBack extends Error {
  override readonly name = 'RolledBack'
}

/** The longest that a timer takes: how long a transaction may last is the engine's affair. */
const longest = 2 ** 31 - 1

/** @param maxWaitMs how long to wait for a connection of the pool */
export function beginTransaction(client: PrismaLike, maxWaitMs: number): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    let end: (commits: boolean) => void = () => {}
    const ending = new Promise<boolean>((settle) => {
      end = settle
    })
    const done = client.$transaction(
      async (tx) => {
        resolve({
          tx,
          async commit() {
            end(true)
            await done
          },
          async rollback() {
            end(false)
            await done.catch(() => {})
          },
        })
        if (!(await ending)) throw new RolledBack('The transaction was rolled back')
      },
      { maxWait: maxWaitMs, timeout: longest },
    )
    // Also hears of an end that nobody has asked for; the next statement then fails with Prisma's own words.
    done.catch(reject)
  })
}
