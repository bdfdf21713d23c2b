/** The operations of the database as a whole. */

import type { Driver } from '../../drivers/driver.ts'
import { DBALError, invalid } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { BatchCall } from '../../protocol/request.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { authTable, noAuthTable } from '../auth/operations.ts'
import { answer, type Call, joinTouched, type RowChange, type Touched } from '../call.ts'
import { capabilitiesOf } from '../capabilities.ts'
import { explainOperation } from '../explain/operation.ts'
import { liveSelect } from '../kysely/live-select.ts'
import { kyselyExecute } from '../kysely/operation.ts'
import type { Live, SourceFor } from '../live/live.ts'
import { refuseLong } from '../live/query-size.ts'
import type { Migration } from '../migrate/migration.ts'
import type { Pipeline } from '../pipeline.ts'
import { sqlOperation } from '../sql/operation.ts'
import { auditTable } from './audit.ts'
import { isBatchCall } from './batch-call.ts'
import { migrationTable } from './migrations.ts'
import type { Operation, Tools } from './operation.ts'
import { transactionTable } from './transactions.ts'
import { upkeepTable } from './upkeep.ts'
import { visibleSchema } from './visible-schema.ts'

export interface DatabaseParts {
  readonly driver: Driver
  readonly live: Live
  readonly schema: SchemaData
  readonly migrations: readonly Migration[]
  readonly foreign: boolean
  /** Whether SQL text is taken at all. */
  readonly rawSql: boolean
  /** Whether developers are told plans. */
  readonly explain: boolean
  /** Told the version that a migration or rollback has led to. */
  readonly onVersion: (version: number) => void
  /** The engine's pipeline, there by the time of the first call: a batch runs its calls through it. */
  readonly pipeline: () => Pipeline
}

export function databaseTable(parts: DatabaseParts): ReadonlyMap<string, Operation> {
  return new Map(
    Object.entries({
      batch: batch(parts),
      ...transactionTable,
      getCapabilities: getCapabilities(parts),
      'database.schema': getSchema(parts),
      'live.open': liveOpen(parts),
      'live.select': liveSelect({ ...parts, refusal: () => parts.pipeline().refusal() }),
      'live.close': liveClose(parts),
      ...(parts.schema.name === 'metabuilder' ? authTable : noAuthTable),
      'kysely.execute': kyselyExecute,
      sql: sqlOperation(parts.rawSql),
      explain: explainOperation({
        isOn: parts.explain,
        pipeline: parts.pipeline,
        now: () => parts.driver.now(),
      }),
      ...upkeepTable(parts),
      ...auditTable,
      ...migrationTable(parts),
    }),
  )
}

function batch({ pipeline }: DatabaseParts): Operation {
  return {
    spec: databaseOperations.batch,
    arity: [1, 1],
    *run(call, tools) {
      const calls = readBatch(call, tools)
      const results: unknown[] = []
      const changes: RowChange[] = []
      const touched: (Touched | undefined)[] = []
      let hasWrites = false
      for (const [index, one] of calls.entries()) {
        try {
          const inner = pipeline().decode(
            { id: call.requestId, method: one.method, params: one.params },
            call.port,
          )
          if (!inner.entity) throw invalid('method', `${one.method} cannot stand in a batch`)
          hasWrites ||= inner.operation.spec.writes
          const outcome = yield* pipeline().execute(pipeline().authorize(inner))
          results.push(outcome.result)
          for (const change of outcome.changes) changes.push(change)
          touched.push(outcome.touched)
        } catch (error) {
          throw placed(error, index)
        }
      }
      const all = joinTouched(touched)
      return {
        result: results,
        changes,
        recorded: true,
        ...((hasWrites || all.length > 0) && { touched: all }),
      }
    },
  }
}

function readBatch(call: Call, { limits }: Tools): readonly BatchCall[] {
  const [calls] = call.params
  if (!Array.isArray(calls)) throw invalid('', 'batch takes a list of calls')
  if (calls.length > limits.maxFrameRequests)
    throw invalid('', `a batch takes at most ${limits.maxFrameRequests} calls`)
  for (const [index, one] of calls.entries()) {
    if (!isBatchCall(one)) throw invalid(`[${index}]`, 'must be a call: { method, params }')
  }
  return calls as readonly BatchCall[]
}

/** The same error, saying which call of the batch it was. */
function placed(error: unknown, index: number): unknown {
  if (!(error instanceof DBALError)) return error
  const details =
    error.is('VALIDATION_ERROR') && error.details
      ? {
          issues: error.details.issues.map(({ path, message }) => ({
            path: join(`[${index}]`, path),
            message,
          })),
        }
      : error.details
  return new DBALError(error.code, `Call ${index + 1} of the batch: ${error.message}`, details)
}

const join = (front: string, path: string) =>
  path === '' || path.startsWith('[') ? front + path : `${front}.${path}`

function getCapabilities({ driver, rawSql }: DatabaseParts): Operation {
  return {
    spec: databaseOperations.getCapabilities,
    arity: [0, 0],
    // biome-ignore lint/correctness/useYield: known without asking the database
    *run() {
      return answer(capabilitiesOf(driver, { rawSql }))
    },
  }
}

function getSchema({ schema }: DatabaseParts): Operation {
  return {
    spec: databaseOperations['database.schema'],
    arity: [0, 0],
    // biome-ignore lint/correctness/useYield: known without asking the database
    *run({ caller }, { model, policies }) {
      return answer(visibleSchema(schema, model, policies.for(caller.principal.role), caller))
    },
  }
}

function liveOpen({ live, pipeline, foreign }: DatabaseParts): Operation {
  return {
    spec: databaseOperations['live.open'],
    arity: [3, 3],
    *run(call, { model, policies, queries }) {
      const [name, query, id] = call.params
      const refusal = pipeline().refusal()
      if (refusal) throw refusal
      const entity = model.entity(name)
      if (typeof id !== 'number' || !Number.isSafeInteger(id))
        throw invalid('subscription', 'must be an integer')
      refuseLong(query, 'query')
      const source: SourceFor = (principal) =>
        queries.live({ entity, query, policy: policies.for(principal.role), principal, model, foreign })
      const onCommit = yield* live.open(call, source, id)
      return { result: true, changes: [], onCommit }
    },
  }
}

function liveClose({ live }: DatabaseParts): Operation {
  return {
    spec: databaseOperations['live.close'],
    arity: [1, 1],
    // biome-ignore lint/correctness/useYield: nothing to ask the database
    *run(call) {
      const [id] = call.params
      if (typeof id !== 'number') throw invalid('subscription', 'must be an integer')
      live.close(call.port, id)
      return answer(true)
    },
  }
}
