/**
 * The words of an interactive transaction, as far as any other method is checked: name, number of parameters, token. They
 * are carried out in `transactions/`, by the number that the request carries.
 */

import { invalid } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { QuickOperation } from './operation.ts'

type Method = Extract<keyof typeof databaseOperations, `transaction.${string}`>

const word = (method: Method, arity: readonly [number, number]): QuickOperation => ({
  spec: databaseOperations[method],
  arity,
  // biome-ignore lint/correctness/useYield: it fails before it asks anything
  *run() {
    throw invalid('transaction', 'the request must carry the number of the transaction')
  },
})

export const transactionTable: Readonly<Record<Method, QuickOperation>> = {
  'transaction.begin': word('transaction.begin', [0, 1]),
  'transaction.commit': word('transaction.commit', [0, 0]),
  'transaction.rollback': word('transaction.rollback', [0, 0]),
  'transaction.savepoint': word('transaction.savepoint', [1, 1]),
  'transaction.release': word('transaction.release', [1, 1]),
  'transaction.rollbackTo': word('transaction.rollbackTo', [1, 1]),
}
