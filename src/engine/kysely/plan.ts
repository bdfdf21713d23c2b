/** From a tree to something that can be run again with other values. */

import type { OperationNode, SelectQueryNode } from 'kysely'
import { invalid } from '../../protocol/error.ts'
import type { Actor } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { AllowedCall, RowChange } from '../call.ts'
import type { Tools } from '../operations/operation.ts'
import { type Compiled, compileNode } from '../query/binding.ts'
import type { Work } from '../work.ts'
import { type ParamRules, rulesOf } from './bound.ts'
import { deletePlan } from './delete.ts'
import { insertPlan } from './insert.ts'
import { type EntityRead, Rewrite } from './rewrite.ts'
import { nameless, type Outputs, selectQuery } from './select.ts'
import { isKind, kindOf, misplaced, type Node } from './tree.ts'
import { updatePlan } from './update.ts'
import { nothingWith } from './with.ts'

interface PlanBase {
  readonly rules: ParamRules
  /** Made for this role, and worth nothing to another. */
  readonly role: Actor
  /** What it looks at, by the entity's name. */
  readonly reads: ReadonlyMap<string, EntityRead>
  readonly wouldDeny: boolean
}

export interface SelectPlan extends PlanBase {
  readonly kind: 'select'
  readonly compiled: Compiled
  readonly outputs: Outputs
  /** The entity whose rows the results are, one each, when a plain select of one table has its whole key. */
  readonly keyColumns: readonly number[] | null
}

/** What a write has done, and the rows that it gives back. */
export interface Written {
  readonly changes: readonly RowChange[]
  readonly affected: number
  readonly returned: readonly Row[]
}

export interface WritePlan extends PlanBase {
  readonly kind: 'write'
  /** As the audit log calls it. */
  readonly operation: 'create' | 'update' | 'delete'
  /** Names of what is given back; empty without RETURNING. */
  readonly returning: readonly string[]
  run(call: AllowedCall, tools: Tools, params: readonly unknown[]): Work<Written>
}

export type Plan = SelectPlan | WritePlan

/** @throws DBALError VALIDATION_ERROR, FORBIDDEN, CAPABILITY_NOT_SUPPORTED */
export function planOf(tree: Node, role: Actor, tools: Tools, params: number): Plan {
  const { model, dialect, limits, policies } = tools
  const rewrite = new Rewrite({ policy: policies.for(role), model, dialect, limits, params })
  const base = () => {
    rewrite.finish()
    return {
      rules: rulesOf(rewrite, params),
      role,
      reads: rewrite.reads,
      wouldDeny: rewrite.wouldDeny,
    }
  }
  switch (kindOf(tree)) {
    case 'SelectQueryNode': {
      const { node, outputs } = selectQuery(tree, rewrite, null, nothingWith, { isRoot: true })
      refuseTwins(outputs)
      const compiled = compileSelect(node, outputs, tools)
      return { kind: 'select', ...base(), compiled, outputs, keyColumns: keyColumns(tree, outputs, tools) }
    }
    case 'InsertQueryNode': {
      const plan = insertPlan(tree, rewrite, tools)
      return { kind: 'write', operation: 'create', ...base(), ...plan }
    }
    case 'UpdateQueryNode': {
      const plan = updatePlan(tree, rewrite, tools)
      return { kind: 'write', operation: 'update', ...base(), ...plan }
    }
    case 'DeleteQueryNode': {
      const plan = deletePlan(tree, rewrite, tools)
      return { kind: 'write', operation: 'delete', ...base(), ...plan }
    }
    default:
      throw misplaced(tree)
  }
}

export function compileSelect(node: OperationNode, outputs: Outputs, { dialect }: Tools): Compiled {
  return compileNode(
    node as SelectQueryNode,
    outputs.map(({ type }) => type),
    dialect.createCompiler(),
  )
}

/** Rows are objects: of two columns of one name the caller would get one. */
function refuseTwins(outputs: Outputs): void {
  if (outputs.some(({ name }) => name.startsWith(`${nameless}$`)))
    throw invalid('query', 'selects an expression without a name: give it an alias')
  const names = new Set(outputs.map(({ name }) => name))
  if (names.size < outputs.length)
    throw invalid('query', 'selects two columns of one name; give one an alias')
}

/** Where the key of the one table stands among the results, so that a live result can tell its rows apart. */
function keyColumns(tree: Node, outputs: Outputs, { model }: Tools): readonly number[] | null {
  const single = ['joins', 'groupBy', 'setOperations', 'frontModifiers', 'with'].every((clause) => {
    const value = tree[clause]
    return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
  })
  const froms = (tree['from'] as { froms?: unknown[] } | undefined)?.froms
  const [from] = froms ?? []
  const table = isKind(from, 'AliasNode') ? from['node'] : from
  if (!single || froms?.length !== 1 || !isKind(table, 'TableNode')) return null
  const fields = new Map(outputs.flatMap(({ field }, at) => (field ? [[field, at] as const] : [])))
  const entity = [...model.entities.values()].find((one) => one.fields.some((field) => fields.has(field)))
  if (!entity || entity.primaryKey.length === 0) return null
  const columns = entity.primaryKey.map((field) => fields.get(field))
  return columns.every((at) => at !== undefined) ? (columns as number[]) : null
}
