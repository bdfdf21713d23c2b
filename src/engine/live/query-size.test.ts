import { expect, test } from 'vitest'
import { longestLiveQuery, refuseLong } from './query-size.ts'

const texts = (count: number, length: number) => Array.from({ length: count }, () => 'x'.repeat(length))
const nested = (depth: number) => {
  let value: unknown[] = []
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['an empty query', {}],
  ['a list of a thousand ids', { filter: { id: { in: texts(1_000, 36) } } }],
  ['a long text', 'x'.repeat(longestLiveQuery)],
  ['a thousand numbers', Array.from({ length: 1_000 }, (_, at) => at)],
  ['long names', { ['x'.repeat(60_000)]: 1 }],
])('%s is short enough', (_, query) => {
  refuseLong(query, 'query')
})

test.each<[string, unknown]>([
  ['a longer text', 'x'.repeat(longestLiveQuery + 1)],
  ['bytes', new Uint8Array(longestLiveQuery + 1)],
  ['many texts', { filter: { id: { in: texts(2_000, 36) } } }],
  ['many short values', Array.from({ length: 10_000 }, () => null)],
  ['many empty lists', { filter: { or: Array.from({ length: 10_000 }, () => ({})) } }],
  ['a list of holes', { filter: { id: { in: Array(100_000_000) } } }],
  ['longer names', { ['x'.repeat(longestLiveQuery)]: 1 }],
  ['lists inside of lists', nested(100_000)],
])('%s is too long', (_, query) => {
  expect(() => refuseLong(query, 'query')).toThrow('query: is longer than 65536 characters')
})
