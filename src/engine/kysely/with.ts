/**
 * Common table expressions. Each gets a name of ours, by which it is used; what it may see was decided where it stands,
 * as the standard has it: the ones before it, and itself where it is recursive. SQLite alone would look at the place of
 * use.
 */

import {
  AliasNode,
  ColumnNode,
  type CommonTableExpressionNameNode,
  type CommonTableExpressionNode,
  SelectionNode,
  type SelectQueryNode,
  WithNode,
} from 'kysely'
import { invalid } from '../../protocol/error.ts'
import type { Dialect } from '../dialect.ts'
import { type Rewrite, tableNamed } from './rewrite.ts'
import type { Output, Scope } from './scope.ts'
import { arms, firstArm, type Outputs, selectQuery } from './select.ts'
import { columnName, get, isKind, list, type Node, read, shown, tableName, unsupported } from './tree.ts'

export interface Cte {
  readonly name: string
  readonly outputs: Outputs
}

/** What stands under which name, innermost first. */
export class With {
  readonly #outer: With | null
  readonly #own = new Map<string, Cte>()

  constructor(outer: With | null) {
    this.#outer = outer
  }

  find(name: string): Cte | undefined {
    return this.#own.get(name) ?? this.#outer?.find(name)
  }

  add(name: string, cte: Cte): void {
    if (this.#own.has(name)) throw invalid('query.with', `${shown(name)} stands twice`)
    this.#own.set(name, cte)
  }
}

export const nothingWith = new With(null)

/** @returns the clause, and what the query behind it can use */
export function withClause(
  given: unknown,
  rewrite: Rewrite,
  outer: Scope | null,
  outerWith: With,
): { readonly node: WithNode; readonly with: With } {
  const clause = read(given, 'WithNode', ['expressions', 'recursive'])
  const isRecursive = get(clause, 'recursive') === true
  const inside = new With(outerWith)
  const expressions = list(clause, 'expressions').map((one) =>
    commonTable(one, isRecursive, rewrite, outer, inside),
  )
  const [first, ...more] = expressions
  if (!first) throw invalid('query.with', 'is empty')
  let node = WithNode.create(first, { recursive: isRecursive })
  for (const one of more) node = WithNode.cloneWithExpression(node, one)
  return { node, with: inside }
}

function commonTable(
  given: unknown,
  isRecursive: boolean,
  rewrite: Rewrite,
  outer: Scope | null,
  inside: With,
): CommonTableExpressionNode {
  const node = read(given, 'CommonTableExpressionNode', ['name', 'expression', 'materialized'])
  const nameNode = read(get(node, 'name'), 'CommonTableExpressionNameNode', ['table', 'columns'])
  const caller = tableName(get(nameNode, 'table'))
  const columns = get(nameNode, 'columns') === undefined ? null : list(nameNode, 'columns').map(columnName)
  const body = get(node, 'expression')
  if (!isKind(body, 'SelectQueryNode')) throw unsupported('WITH of anything but a select')
  const name = rewrite.name('c')
  const rename = (outputs: Outputs) => (columns ? renamed(outputs, columns) : outputs)
  let built: { node: SelectQueryNode; outputs: Outputs }
  if (isRecursive && arms(body).length > 0) {
    // The first part says what the columns are; only the others can name the whole.
    const base = rename(firstArm(body, rewrite, outer, inside))
    const scope = new With(inside)
    scope.add(caller, { name, outputs: base })
    const made = selectQuery(body, rewrite, outer, inside, { others: scope })
    built = { ...made, node: typedFor(made.node, base, made.outputs, rewrite.dialect) }
  } else {
    built = selectQuery(body, rewrite, outer, inside)
  }
  const outputs = rename(built.outputs)
  inside.add(caller, { name, outputs })
  const materialized = node['materialized']
  if (materialized !== undefined && materialized !== null && typeof materialized !== 'boolean')
    throw invalid('query.with', 'is materialized or is not')
  return {
    kind: 'CommonTableExpressionNode',
    name: nameOf(name, outputs),
    expression: built.node,
    ...(typeof materialized === 'boolean' && { materialized }),
  }
}

/** Where columns have the types of the first part, those are made wide enough for what the others put there. */
function typedFor(
  node: SelectQueryNode,
  first: Outputs,
  whole: Outputs,
  { name, kysely }: Dialect,
): SelectQueryNode {
  if (!kysely.firstOfRecursion) return node
  const selections = (node.selections ?? []).map(({ selection }, at) => {
    const [from, to] = [first[at] as Output, whole[at] as Output]
    const { node: value, alias } = selection as AliasNode
    const typed = kysely.firstOfRecursion?.(value, from.type, to.type)
    if (!typed)
      throw unsupported(
        `a recursive query that begins with null or a mere value on ${name}; cast it to a type`,
      )
    return SelectionNode.create(AliasNode.create(typed, alias))
  })
  return { ...node, selections }
}

/** With its columns named: an unnamed expression has no name to be used by otherwise. */
function nameOf(name: string, outputs: Outputs): CommonTableExpressionNameNode {
  return {
    kind: 'CommonTableExpressionNameNode',
    table: tableNamed(name),
    columns: outputs.map((output) => ColumnNode.create(output.name)),
  }
}

function renamed(outputs: Outputs, columns: readonly string[]): Outputs {
  if (columns.length !== outputs.length)
    throw invalid('query.with', `names ${columns.length} columns for ${outputs.length}`)
  return outputs.map((output, at): Output => ({ ...output, name: columns[at] as string }))
}

/** What stands in front of a write: selects only. */
export function leadingWith(
  tree: Node,
  rewrite: Rewrite,
): { readonly with: With; readonly node: WithNode | null } {
  const clause = get(tree, 'with')
  return clause === undefined
    ? { with: nothingWith, node: null }
    : withClause(clause, rewrite, null, nothingWith)
}
