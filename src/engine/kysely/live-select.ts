/** `live.select`: a select of Kysely as the source of a live result, and the operation that opens it. */

import { DBALError, invalid } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { Principal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Guard } from '../access/access.ts'
import type { Live } from '../live/live.ts'
import { refuseLong } from '../live/query-size.ts'
import type { Result, RowSource, Source } from '../live/source.ts'
import type { EntityModel } from '../model.ts'
import type { Operation, Tools } from '../operations/operation.ts'
import type { Caller } from '../query/binding.ts'
import type { Equality, Truth } from '../query/filter-js.ts'
import { narrowest, ruledEqualities } from '../query/live-list.ts'
import { equalityKey } from '../values/equality-key.ts'
import type { Work } from '../work.ts'
import { type Asked, askedValues } from './asked.ts'
import { readQuery, refusals, runSelect } from './operation.ts'
import { planOf, type SelectPlan } from './plan.ts'
import type { Output } from './scope.ts'
import { kindOf, type Node, parseTree } from './tree.ts'

const writes: ReadonlySet<string> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'])

export interface LiveSelectParts {
  readonly live: Live
  /** A file of somebody else's making. */
  readonly foreign: boolean
  /** What calls on entities are refused with at present. */
  readonly refusal: () => DBALError | null
}

export function liveSelect({ live, foreign, refusal }: LiveSelectParts): Operation {
  return {
    spec: databaseOperations['live.select'],
    arity: [2, 2],
    *run(call, tools) {
      const [given, id] = call.params
      const refused = refusal()
      if (refused) throw refused
      const { tree, params } = readSelect(given)
      if (typeof id !== 'number' || !Number.isSafeInteger(id))
        throw invalid('subscription', 'must be an integer')
      let wouldDeny = false
      const onCommit = yield* live.open(
        call,
        (principal) => {
          const plan = planOf(tree, principal.role, tools, params.length) as SelectPlan
          wouldDeny ||= plan.wouldDeny
          return new SelectSource(plan, tree, params, tools, principal, foreign)
        },
        id,
      )
      return { result: true, changes: [], onCommit, wouldDeny }
    },
  }
}

function readSelect(given: unknown): { readonly tree: Node; readonly params: readonly unknown[] } {
  const query = readQuery(given)
  if ('shape' in query) throw invalid('query', 'must be { tree, params }')
  const tree = parseTree(query.tree)
  refuseLong(query.tree, 'query.tree')
  refuseLong(query.params, 'query.params')
  if (writes.has(kindOf(tree)))
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'Only a select has live results', {
      capability: 'live results of a write',
    })
  return { tree, params: query.params }
}

class SelectSource implements Source {
  readonly watches: ReadonlySet<string> | null
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>
  readonly key: readonly string[]
  readonly unsent: ReadonlySet<string> = new Set()
  readonly rows: RowSource | null
  readonly #plan: SelectPlan
  readonly #params: readonly unknown[]
  readonly #tools: Tools

  constructor(
    plan: SelectPlan,
    tree: Node,
    params: readonly unknown[],
    tools: Tools,
    principal: Principal,
    foreign: boolean,
  ) {
    const { reads, outputs, keyColumns } = plan
    const { model } = tools
    this.#plan = plan
    this.#params = params
    this.#tools = tools
    const key = (keyColumns ?? []).map((at) => outputs[at] as Output)
    // SQLite lets several rows have no key, unless it is the row's number.
    const isCertain = !foreign || (key.length === 1 && key[0]?.type === 'integer')
    this.key = isCertain ? key.map(({ name }) => name) : []
    this.fields = new Map([...reads].flatMap(([name, read]) => (read.isRuled ? [] : [[name, read.fields]])))
    // What triggers and views do there is not known.
    const isOpaque = foreign || [...reads.keys()].some((name) => model.entity(name).data.kind === 'view')
    this.rows = isOpaque ? null : narrowestRows(plan, askedValues(tree, params, model), tools, principal)
    const names = new Set(reads.keys())
    if (this.rows) names.delete(this.rows.entity)
    this.watches = isOpaque ? null : names
  }

  *run(caller: Caller): Work<Result> {
    const rows = yield* refusals(runSelect(this.#plan, { caller }, this.#tools, this.#params))
    return { rows, isWhole: true, limit: Number.POSITIVE_INFINITY }
  }
}

/**
 * Of the entities that the query reads the one whose changes concern it least: where the query or the rules ask for values
 * of a field. Any change of the others makes it run again.
 */
function narrowestRows(
  { reads }: SelectPlan,
  asked: readonly Asked[],
  { model, policies }: Tools,
  principal: Principal,
): RowSource | null {
  const found = [...reads].flatMap(([name, read]) => {
    // Rules look at rows that the caller cannot see.
    if (read.isRuled) return []
    const entity = model.entity(name)
    const guard = policies.for(principal.role).entity(entity).guard('read') as Guard
    // A condition of the outermost query says nothing of what else the entity is used for.
    const own = read.sources === 1 ? asked.filter((one) => one.entity === entity) : []
    const equality = narrowest(entity, [...own, ...ruledEqualities(guard, principal)])
    return [new SelectRows(entity, guard, own, equality)]
  })
  return found.find(({ equality }) => equality !== null) ?? found[0] ?? null
}

class SelectRows implements RowSource {
  readonly entity: string
  readonly isKept = false
  readonly keys = []
  readonly json: ReadonlySet<string> = new Set()
  readonly equality: Equality | null
  readonly #guard: Guard
  readonly #asked: readonly (Equality & { readonly set: ReadonlySet<string> })[]

  constructor({ name }: EntityModel, guard: Guard, asked: readonly Equality[], equality: Equality | null) {
    this.entity = name
    this.equality = equality
    this.#guard = guard
    this.#asked = asked.map((one) => ({ ...one, set: new Set(one.keys) }))
  }

  verdict(row: Row, caller: Caller): Truth {
    for (const { field, set } of this.#asked) {
      const key = equalityKey(field.data, row[field.name])
      if (key === null || !set.has(key)) return false
    }
    // A row that has come into sight or left it by the time alone is not told by its images.
    if (this.#guard.relations.length > 0 || this.#guard.isTimed) return undefined
    return this.#guard.check(row, caller) === true ? undefined : false
  }
}
