/**
 * `explain`: carries out a read of the caller's, under its rules, and tells how the database went about each statement that
 * it took. For developers: a plan names tables and indexes, and its times tell of rows that its reader may not see.
 */

import { DBALError, invalid } from '../../protocol/error.ts'
import type { Explained, ExplainedStatement } from '../../protocol/explain.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import { answer, type Call } from '../call.ts'
import { isBatchCall } from '../operations/batch-call.ts'
import { isSlow, type QuickOperation, type Tools } from '../operations/operation.ts'
import type { Pipeline } from '../pipeline.ts'
import { ask, type Work } from '../work.ts'
import { planColumns, planPrefix, planTree } from './plan-tree.ts'

export interface ExplainParts {
  /** Whether the host allows it. */
  readonly isOn: boolean
  readonly pipeline: () => Pipeline
  /** Monotonic milliseconds. */
  readonly now: () => number
}

export function explainOperation({ isOn, pipeline, now }: ExplainParts): QuickOperation {
  return {
    spec: databaseOperations['explain'],
    arity: [1, 1],
    *run(call, tools) {
      const { role } = call.caller.principal
      if (!isOn || tools.dialect.name !== 'sqlite') throw notHere('Plans are not told here')
      if (role !== 'god' && role !== 'supergod')
        throw new DBALError('FORBIDDEN', 'Plans are for god and supergod', { operation: 'explain' })
      const [one] = call.params
      if (!isBatchCall(one)) throw invalid('', 'must be a call: { method, params }')
      const inner = pipeline().decode({ id: call.requestId, ...one }, call.port)
      if (!isRead(inner, tools) || isSlow(inner.operation)) throw notHere(`${one.method} has no plan to tell`)
      const work = inner.operation.run(pipeline().authorize(inner), tools)
      return answer({ statements: yield* explained(work, now) } satisfies Explained)
    },
  }
}

function isRead(call: Call, tools: Tools): boolean {
  if (call.method === 'kysely.execute') return call.operation.writes?.(call, tools) === false
  return call.operation.spec.access === 'read' && !call.operation.spec.writes
}

const notHere = (message: string) =>
  new DBALError('CAPABILITY_NOT_SUPPORTED', message, { capability: 'explain' })

/** Each statement is asked for its plan and then run: what a later one is depends on what the one before has given. */
function* explained(work: Work<unknown>, now: () => number): Work<readonly ExplainedStatement[]> {
  const statements: ExplainedStatement[] = []
  let step = work.next()
  while (!step.done) {
    const { statement, parameters } = step.value
    try {
      const sql = planPrefix + statement.sql
      const plan = planTree(yield* ask({ sql, columns: planColumns, once: true }, parameters))
      const startedAt = now()
      const result = yield step.value
      const durationMs = Math.max(0, Math.round((now() - startedAt) * 1000) / 1000)
      statements.push({
        plan,
        durationMs,
        rows: result.width === 0 ? 0 : result.values.length / result.width,
      })
      step = work.next(result)
    } catch (error) {
      step = work.throw(error)
    }
  }
  return statements
}
