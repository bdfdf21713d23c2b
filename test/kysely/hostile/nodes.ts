/** Operation nodes written by hand, short: what Kysely's builders would never make as well. */

export type Node = { readonly kind: string; readonly [property: string]: unknown }

export const id = (name: unknown): Node => ({ kind: 'IdentifierNode', name })
export const named = (name: unknown, schema?: unknown): Node => ({
  kind: 'SchemableIdentifierNode',
  ...(schema !== undefined && { schema: id(schema) }),
  identifier: id(name),
})
export const table = (name: unknown, schema?: unknown): Node => ({
  kind: 'TableNode',
  table: named(name, schema),
})
export const column = (name: unknown): Node => ({ kind: 'ColumnNode', column: id(name) })
/** `ref('title')`, `ref('n.title')` */
export const ref = (path: string): Node => {
  const at = path.lastIndexOf('.')
  return at < 0
    ? { kind: 'ReferenceNode', column: column(path) }
    : { kind: 'ReferenceNode', column: column(path.slice(at + 1)), table: table(path.slice(0, at)) }
}
export const as = (node: unknown, name: unknown): Node => ({ kind: 'AliasNode', node, alias: id(name) })
export const value = (given: unknown): Node => ({ kind: 'ValueNode', value: given })
export const literal = (given: unknown): Node => ({ kind: 'ValueNode', value: given, immediate: true })
export const values = (...given: unknown[]): Node => ({ kind: 'PrimitiveValueListNode', values: given })
export const operator = (text: unknown): Node => ({ kind: 'OperatorNode', operator: text })
export const binary = (left: unknown, op: unknown, right: unknown): Node => ({
  kind: 'BinaryOperationNode',
  leftOperand: left,
  operator: operator(op),
  rightOperand: right,
})
export const unary = (op: unknown, operand: unknown): Node => ({
  kind: 'UnaryOperationNode',
  operator: operator(op),
  operand,
})
export const and = (left: unknown, right: unknown): Node => ({ kind: 'AndNode', left, right })
export const or = (left: unknown, right: unknown): Node => ({ kind: 'OrNode', left, right })
export const parens = (node: unknown): Node => ({ kind: 'ParensNode', node })
export const call = (func: unknown, ...args: unknown[]): Node => ({
  kind: 'FunctionNode',
  func,
  arguments: args,
})
export const aggregate = (func: unknown, args: unknown[], more: object = {}): Node => ({
  kind: 'AggregateFunctionNode',
  func,
  aggregated: args,
  ...more,
})
export const cast = (node: unknown, type: unknown): Node => ({
  kind: 'CastNode',
  expression: node,
  dataType: { kind: 'DataTypeNode', dataType: type },
})
export const raw = (fragments: readonly string[], ...parameters: unknown[]): Node => ({
  kind: 'RawNode',
  sqlFragments: fragments,
  parameters,
})
export const collate = (name: unknown): Node => ({ kind: 'CollateNode', collation: id(name) })

export const selection = (node: unknown): Node => ({ kind: 'SelectionNode', selection: node })
export const all: Node = { kind: 'SelectAllNode' }
export const allOf = (name: string): Node => ({ kind: 'ReferenceNode', column: all, table: table(name) })
export const from = (...froms: unknown[]): Node => ({ kind: 'FromNode', froms })
export const where = (node: unknown): Node => ({ kind: 'WhereNode', where: node })
export const having = (node: unknown): Node => ({ kind: 'HavingNode', having: node })
export const orderItem = (node: unknown, more: object = {}): Node => ({
  kind: 'OrderByItemNode',
  orderBy: node,
  ...more,
})
export const orderBy = (...items: unknown[]): Node => ({ kind: 'OrderByNode', items })
export const groupBy = (...nodes: unknown[]): Node => ({
  kind: 'GroupByNode',
  items: nodes.map((node) => ({ kind: 'GroupByItemNode', groupBy: node })),
})
export const limit = (node: unknown): Node => ({ kind: 'LimitNode', limit: node })
export const join = (joinType: unknown, to: unknown, on?: unknown): Node => ({
  kind: 'JoinNode',
  joinType,
  table: to,
  ...(on !== undefined && { on: { kind: 'OnNode', on } }),
})
export const partitionBy = (node: unknown): Node => ({
  kind: 'PartitionByNode',
  items: [{ kind: 'PartitionByItemNode', partitionBy: node }],
})
export const over = (more: object = {}): Node => ({ kind: 'OverNode', ...more })
export const caseWhen = (condition: unknown, result: unknown, otherwise?: unknown): Node => ({
  kind: 'CaseNode',
  when: [{ kind: 'WhenNode', condition, result }],
  ...(otherwise !== undefined && { else: otherwise }),
})

/** SELECT of `Note.id`, and whatever else. */
export const select = (more: object = {}): Node => ({
  kind: 'SelectQueryNode',
  from: from(table('Note')),
  selections: [selection(ref('Note.id'))],
  ...more,
})
/** SELECT of expressions from Note, each under a name. */
export const pick = (...nodes: unknown[]): Node =>
  select({ selections: nodes.map((node, at) => selection(as(node, `c${at}`))) })
export const selectFrom = (source: unknown, selected: readonly unknown[], more: object = {}): Node => ({
  kind: 'SelectQueryNode',
  from: from(source),
  selections: selected.map(selection),
  ...more,
})

export const cte = (name: unknown, expression: unknown, more: object = {}): Node => ({
  kind: 'CommonTableExpressionNode',
  name: { kind: 'CommonTableExpressionNameNode', table: table(name) },
  expression,
  ...more,
})
export const withCtes = (...expressions: unknown[]): Node => ({ kind: 'WithNode', expressions })

export const set = (name: unknown, to: unknown): Node => ({
  kind: 'ColumnUpdateNode',
  column: column(name),
  value: to,
})
export const returning = (...nodes: unknown[]): Node => ({
  kind: 'ReturningNode',
  selections: nodes.map(selection),
})
export const update = (updates: readonly unknown[], more: object = {}): Node => ({
  kind: 'UpdateQueryNode',
  table: table('Note'),
  updates,
  ...more,
})
export const remove = (more: object = {}): Node => ({
  kind: 'DeleteQueryNode',
  from: from(table('Note')),
  ...more,
})
/** INSERT of one row into Note. */
export const insert = (row: Readonly<Record<string, unknown>>, more: object = {}): Node => ({
  kind: 'InsertQueryNode',
  into: table('Note'),
  columns: Object.keys(row).map(column),
  values: { kind: 'ValuesNode', values: [values(...Object.values(row))] },
  ...more,
})
export const onConflict = (more: object): Node => ({
  kind: 'OnConflictNode',
  columns: [column('id')],
  ...more,
})

/** The node within so many of its kind. */
export function nested(depth: number, wrap: (node: Node) => Node, innermost: Node): Node {
  let node = innermost
  for (let count = 0; count < depth; count++) node = wrap(node)
  return node
}
