import { type Issue, invalid, invalidAll } from '../../../protocol/error.ts'
import { builtinOperations } from '../../../protocol/operations.ts'
import { type Row, unpackRows } from '../../../protocol/rows.ts'
import { answer, type RowChange } from '../../call.ts'
import type { Work } from '../../work.ts'
import type { Operation, Tools } from '../operation.ts'
import { asEntityCall, type EntityCall, notFound, updateRow, visibleRow } from '../write.ts'

interface TreeNode extends Row {
  children: TreeNode[]
}

/** The whole tree of a page, however large: one query, nested here. */
const getTree: Operation = {
  spec: builtinOperations.ComponentNode.getTree,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [pageId] = call.params
    const pages = tools.policies.for(call.caller.principal.role).entity(tools.model.entity('PageConfig'))
    const page = pages.guard('read') ? yield* tools.queries.readById(pages, pageId, call.caller) : null
    if (!page) throw notFound(pages.entity, pageId)
    const rows = yield* tools.queries.all(call.access, { pageId: page['id'] }, { order: 'asc' }, call.caller)
    return answer(nest(unpackRows(rows)))
  },
}

/** Rows come in sibling order; a node whose parent the caller cannot see stands at the root. */
function nest(rows: readonly Row[]): TreeNode[] {
  const nodes = new Map(rows.map((row) => [row['id'], { ...row, children: [] } as TreeNode]))
  const roots: TreeNode[] = []
  for (const node of nodes.values()) (nodes.get(node['parentId'])?.children ?? roots).push(node)
  return roots
}

/** `[{ id, order }]`, all children of one parent. */
const reorder: Operation = {
  spec: builtinOperations.ComponentNode.reorder,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const places = readPlaces(call.params[0])
    const changes: RowChange[] = []
    let family: Row | null = null
    for (const { id, order } of places) {
      const row = yield* writable(call, tools, id)
      family ??= row
      if (row['parentId'] !== family['parentId'] || row['pageId'] !== family['pageId']) {
        throw invalid('', 'all nodes of one call must be children of one parent')
      }
      changes.push(yield* place(call, tools, row, { order }))
    }
    return { result: true, changes: changes.filter(isReal), bulk: true }
  },
}

const mostPlaces = 10_000

function readPlaces(input: unknown): { id: unknown; order: number }[] {
  if (!Array.isArray(input)) throw invalid('', 'must be a list of { id, order }')
  if (input.length > mostPlaces) throw invalid('', `takes at most ${mostPlaces} nodes`)
  const issues: Issue[] = []
  const seen = new Set<unknown>()
  input.forEach((one: unknown, index) => {
    const { id, order, ...more } = (typeof one === 'object' && one !== null ? one : {}) as Record<
      string,
      unknown
    >
    if (typeof id !== 'string') issues.push({ path: `[${index}].id`, message: 'must be an id' })
    else if (seen.has(id)) issues.push({ path: `[${index}].id`, message: 'is named twice' })
    if (!Number.isSafeInteger(order) || (order as number) < 0) {
      issues.push({ path: `[${index}].order`, message: 'must be a whole number from 0' })
    }
    for (const name of Object.keys(more)) issues.push({ path: `[${index}].${name}`, message: 'is not known' })
    seen.add(id)
  })
  if (issues.length > 0) throw invalidAll(issues)
  return input as { id: unknown; order: number }[]
}

/** Puts a node under a parent (null is the page itself) at a place among its children, and numbers the siblings anew. */
const move: Operation = {
  spec: builtinOperations.ComponentNode.move,
  arity: [3, 3],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [id, parentId, order] = call.params
    if (!Number.isSafeInteger(order) || (order as number) < 0)
      throw invalid('order', 'must be a whole number from 0')
    if (parentId !== null && typeof parentId !== 'string')
      throw invalid('newParentId', 'must be an id or null')
    const node = yield* writable(call, tools, id)
    const target =
      parentId === null ? null : tools.validators.update(call.entity, { parentId }, '')['parentId']
    const changes: RowChange[] = []
    const siblings = (yield* children(call, tools, node['pageId'], target)).filter(
      (row) => row['id'] !== node['id'],
    )
    const at = Math.min(order as number, siblings.length)
    const moved = yield* place(call, tools, node, { parentId: target, order: at })
    changes.push(moved)
    for (const [index, row] of siblings.entries()) {
      changes.push(yield* place(call, tools, row, { order: index < at ? index : index + 1 }))
    }
    if (node['parentId'] !== target) {
      const left = yield* children(call, tools, node['pageId'], node['parentId'])
      for (const [index, row] of left.entries())
        changes.push(yield* place(call, tools, row, { order: index }))
    }
    return {
      result: yield* visibleRow(call, tools, moved.after as Row),
      changes: changes.filter(isReal),
      bulk: true,
    }
  },
}

function* writable(call: EntityCall, tools: Tools, id: unknown): Work<Row> {
  const [row] = yield* tools.queries.selectForWrite(call.access, 'update', { id }, [], call.caller)
  if (!row) throw notFound(call.entity, id)
  return row
}

/** The children of a parent in order, as rows for writing. */
function* children(call: EntityCall, tools: Tools, pageId: unknown, parentId: unknown): Work<Row[]> {
  const rows = yield* tools.queries.selectForWrite(
    call.access,
    'update',
    { filter: { pageId, parentId } },
    [],
    call.caller,
  )
  return rows.sort(
    (left, right) =>
      (left['order'] as number) - (right['order'] as number) ||
      ((left['id'] as string) < (right['id'] as string) ? -1 : 1),
  )
}

function place(call: EntityCall, tools: Tools, row: Row, values: Row): Work<RowChange> {
  return updateRow(call, tools, row, values)
}

const isReal = ({ before, after }: RowChange) =>
  before?.['order'] !== after?.['order'] || before?.['parentId'] !== after?.['parentId']

export const componentNodeOperations: Record<string, Operation> = { getTree, reorder, move }
