import { expect, test } from 'vitest'
import { type ComponentTree, countNodes, destinationOf, stepOf, visibleRows } from './tree-model.ts'

const node = (
  id: string,
  parentId: string | null,
  order: number,
  ...children: ComponentTree[]
): ComponentTree => ({
  id,
  parentId,
  order,
  type: 'Section',
  props: {},
  children,
})
const roots = [
  node('a', null, 0, node('a1', 'a', 0), node('a2', 'a', 1, node('a2x', 'a2', 0))),
  node('b', null, 1),
]
const rows = visibleRows(roots, new Set())
const row = (id: string) => {
  const found = rows.find((candidate) => candidate.node.id === id)
  if (!found) throw new Error(id)
  return found
}

test('a folded node hides what is under it', () => {
  expect(rows.map(({ node: { id }, depth }) => `${id}${depth}`)).toEqual(['a0', 'a11', 'a21', 'a2x2', 'b0'])
  expect(visibleRows(roots, new Set(['a2'])).map(({ node: { id } }) => id)).toEqual(['a', 'a1', 'a2', 'b'])
  expect(countNodes(roots)).toBe(5)
})

test('a node is dropped before, after and inside another', () => {
  expect(destinationOf(row('b'), row('a'), 'before')).toEqual({ parentId: null, order: 0 })
  expect(destinationOf(row('b'), row('a1'), 'after')).toEqual({ parentId: 'a', order: 1 })
  expect(destinationOf(row('b'), row('a2'), 'inside')).toEqual({ parentId: 'a2', order: 1 })
})

test('places count the siblings without the node that moves', () => {
  expect(destinationOf(row('a1'), row('a2'), 'after')).toEqual({ parentId: 'a', order: 1 })
})

test('a node is never dropped into itself, under itself or where it is', () => {
  expect(destinationOf(row('a'), row('a'), 'inside')).toBeUndefined()
  expect(destinationOf(row('a'), row('a2x'), 'after')).toBeUndefined()
  expect(destinationOf(row('a2'), row('a1'), 'after')).toBeUndefined()
})

test('steps by keyboard stay in the tree', () => {
  expect(stepOf(row('a1'), 'up', rows)).toBeUndefined()
  expect(stepOf(row('a1'), 'down', rows)).toEqual({ parentId: 'a', order: 1 })
  expect(stepOf(row('a2'), 'in', rows)).toEqual({ parentId: 'a1', order: 0 })
  expect(stepOf(row('a2x'), 'out', rows)).toEqual({ parentId: 'a', order: 2 })
  expect(stepOf(row('b'), 'out', rows)).toBeUndefined()
})
