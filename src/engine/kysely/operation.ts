/** `kysely.execute`: a query as a tree and its values, or as the number of a tree that was sent before. */

import { DriverError } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { KyselyQuery, KyselyResult, UnknownShape } from '../../protocol/kysely.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { PackedRows } from '../../protocol/rows.ts'
import type { AllowedCall, Call, Outcome } from '../call.ts'
import type { QuickOperation, Tools } from '../operations/operation.ts'
import { bind } from '../query/binding.ts'
import { askWithin, type Work } from '../work.ts'
import { boundParams, readParams } from './bound.ts'
import { type Plan, planOf, type SelectPlan } from './plan.ts'
import { shapesOf } from './shapes.ts'
import { parseTree } from './tree.ts'

/** @throws DBALError VALIDATION_ERROR */
export function readQuery(value: unknown): KyselyQuery {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('query', 'must be { tree, params } or { shape, params }')
  const { tree, shape, params, ...more } = value as Record<string, unknown>
  if (Object.keys(more).length > 0) throw invalid('query', 'must be { tree, params } or { shape, params }')
  if ((tree === undefined) === (shape === undefined)) throw invalid('query', 'must have a tree or a shape')
  if (tree === undefined && !Number.isSafeInteger(shape))
    throw invalid('query.shape', 'must be a whole number')
  const list = readParams(params)
  return tree === undefined
    ? { shape: shape as number, params: list }
    : { tree: tree as string, params: list }
}

const beginsAsSelect = (tree: string): boolean => tree.startsWith('{"kind":"SelectQueryNode"')

/** The plan of a query, made or found; null for a number that stands for none. */
export function preparedQuery(
  query: KyselyQuery,
  call: AllowedCall,
  tools: Tools,
): { readonly plan: Plan; readonly shape: number } | null {
  const shapes = shapesOf(call.port, tools.random)
  if ('shape' in query) {
    const plan = shapes.find(query.shape, call.caller.principal.role)
    return plan ? { plan, shape: query.shape } : null
  }
  const plan = planOf(parseTree(query.tree), call.caller.principal.role, tools, query.params.length)
  // JSON takes the last of two properties of one name: what begins as a select could end as a write that took no turn.
  if (plan.kind === 'write' && beginsAsSelect(query.tree)) throw invalid('query.tree', 'has two kinds')
  return { plan, shape: shapes.add(plan, query) }
}

export function* runSelect(
  plan: SelectPlan,
  call: Pick<AllowedCall, 'caller'>,
  tools: Tools,
  params: readonly unknown[],
): Work<PackedRows> {
  const bound = boundParams(params, plan.rules, tools.limits)
  const { values } = yield* askWithin(
    tools.limits,
    plan.compiled.statement,
    bind(plan.compiled, bound, call.caller),
  )
  return { fields: plan.outputs.map(({ name }) => name), values }
}

export const kyselyExecute: QuickOperation = {
  spec: databaseOperations['kysely.execute'],
  arity: [1, 1],
  /** A read must not take the lock that writers take turns by. */
  writes({ params, caller, port }: Call, tools: Tools): boolean {
    const [query] = params
    if (typeof query !== 'object' || query === null) return false
    const { tree, shape } = query as { tree?: unknown; shape?: unknown }
    // A number that is unknown yet may stand for a write by the time that it is this call's turn.
    if (shape !== undefined)
      return shapesOf(port, tools.random).find(shape, caller.principal.role)?.kind !== 'select'
    return typeof tree === 'string' && !beginsAsSelect(tree)
  },
  isOneStatement: () => true,
  run: (call, tools) => refusals(execute(call, tools)),
}

function* execute(call: AllowedCall, tools: Tools): Work<Outcome> {
  const query = readQuery(call.params[0])
  const prepared = preparedQuery(query, call, tools)
  if (!prepared) return { result: { unknownShape: true } satisfies UnknownShape, changes: [] }
  const { plan, shape } = prepared
  if (plan.kind === 'select') {
    const rows = yield* runSelect(plan, call, tools, query.params)
    return { result: { shape, rows } satisfies KyselyResult, changes: [], wouldDeny: plan.wouldDeny }
  }
  const { changes, affected, returned } = yield* plan.run(call, tools, query.params)
  const fields = plan.returning
  const rows = { fields, values: returned.flatMap((row) => fields.map((name) => row[name])) }
  return {
    result: { shape, rows, affected } satisfies KyselyResult,
    changes,
    bulk: changes.length > 1,
    operation: plan.operation,
    wouldDeny: plan.wouldDeny,
  }
}

/** The words of these stay inside: they name what the caller may not know. */
const itsOwnFault: ReadonlySet<string> = new Set(['syntax', 'other', 'type', 'tooBig'])

/** What the database says of a query that it cannot run, as a refusal of the query. */
export function* refusals<T>(work: Work<T>): Work<T> {
  try {
    return yield* work
  } catch (error) {
    if (!(error instanceof DriverError) || !itsOwnFault.has(error.kind)) throw error
    throw invalid('query', 'cannot be carried out; check the types and the arguments that it works with')
  }
}
