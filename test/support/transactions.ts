/** A caller's transaction through the engine's own door. */

import { DBALError } from '../../src/protocol/error.ts'
import type { Reply } from '../../src/protocol/request.ts'
import type { TestCaller } from './engine.ts'

export interface TestTransaction {
  readonly number: number
  /** Rejects with the reply's DBALError. */
  call(method: string, ...params: unknown[]): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
}

let numbers = 0

/** Resolves when it has its turn. */
export async function begin(caller: TestCaller, options?: object): Promise<TestTransaction> {
  const number = ++numbers
  await callInside(caller, number, 'transaction.begin', options)
  return transactionOf(caller, number)
}

export function transactionOf(caller: TestCaller, number: number): TestTransaction {
  return {
    number,
    call: (method, ...params) => callInside(caller, number, method, ...params),
    commit: () => callInside(caller, number, 'transaction.commit'),
    rollback: () => callInside(caller, number, 'transaction.rollback'),
  }
}

export async function callInside(
  caller: TestCaller,
  transaction: number,
  method: string,
  ...params: unknown[]
): Promise<unknown> {
  const [reply] = await caller.send({ method, params, transaction })
  return resultOf(reply)
}

export function resultOf(reply: Reply | undefined): unknown {
  if (!reply) throw new Error('no reply')
  if ('error' in reply) throw DBALError.fromWire(reply.error)
  return reply.result
}
