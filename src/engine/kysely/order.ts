/** ORDER BY: of a query, a window and an aggregate. */

import { type CollateNode, type OperationNode, OrderByItemNode, RawNode } from 'kysely'
import { invalid } from '../../protocol/error.ts'
import { collations } from './functions.ts'
import { named } from './rewrite.ts'
import { get, identifier, isKind, list, type Node, read, shown, unsupported } from './tree.ts'

/** @param build what is sorted by */
export function orderItems(given: unknown, build: (item: unknown) => OperationNode): OrderByItemNode[] {
  const node = read(given, 'OrderByNode', ['items'])
  return list(node, 'items').map((item) => orderItem(item, build))
}

function orderItem(given: unknown, build: (item: unknown) => OperationNode): OrderByItemNode {
  const node = read(given, 'OrderByItemNode', ['orderBy', 'direction', 'nulls', 'collation'])
  const nulls = get(node, 'nulls')
  if (nulls !== undefined && nulls !== 'first' && nulls !== 'last')
    throw invalid('query.orderBy', 'puts nulls first or last')
  const direction = directionOf(node)
  return {
    ...OrderByItemNode.create(build(get(node, 'orderBy')), direction && RawNode.createWithSql(direction)),
    ...(nulls !== undefined && { nulls }),
    ...collationOf(node),
  }
}

/** Kysely writes it as raw text, of which these two are the only ones. */
function directionOf(node: Node): 'asc' | 'desc' | undefined {
  const direction = get(node, 'direction')
  if (direction === undefined) return undefined
  if (!isKind(direction, 'RawNode')) throw invalid('query.orderBy', 'goes asc or desc')
  const raw = read(direction, 'RawNode', ['sqlFragments', 'parameters'])
  const [text, ...more] = list(raw, 'sqlFragments')
  const isPlain = more.length === 0 && list(raw, 'parameters').length === 0
  if (isPlain && (text === 'asc' || text === 'desc')) return text
  throw unsupported('raw SQL')
}

function collationOf(node: Node): { collation?: CollateNode } {
  const collation = get(node, 'collation')
  if (collation === undefined) return {}
  const name = identifier(get(read(collation, 'CollateNode', ['collation']), 'collation')).toLowerCase()
  if (!collations.has(name)) throw unsupported(`the collation ${shown(name)}`)
  return { collation: { kind: 'CollateNode', collation: named(name) } }
}
