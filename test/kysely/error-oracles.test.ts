/** An error must not come of a row that the caller may not see: the vault and its twin without hidden rows answer alike. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { attack, type Vault } from './hostile/attack.ts'
import {
  aggregate,
  as,
  binary,
  call,
  cast,
  cte,
  from,
  literal,
  type Node,
  nested,
  ref,
  selection,
  table,
  where,
  withCtes,
} from './hostile/nodes.ts'
import { openVault } from './hostile/vault.ts'

let vault: Vault
beforeAll(async () => {
  vault = { database: await openVault(false), twin: await openVault(true) }
})
afterAll(async () => {
  await vault.database.close()
  await vault.twin.close()
})

/** The rule of Remark looks at another table, so the database comes to it last. */
const remarks = (condition: Node, more: object = {}): Node => ({
  kind: 'SelectQueryNode',
  from: from(table('Remark')),
  selections: [selection(ref('Remark.id'))],
  where: where(condition),
  ...more,
})

/** Worked out for hidden rows alone. */
const forHidden = (bomb: Node): Node =>
  binary(
    {
      kind: 'CaseNode',
      when: [
        {
          kind: 'WhenNode',
          condition: binary(ref('Remark.text'), 'like', literal('HIDDEN%')),
          result: bomb,
        },
      ],
      else: literal(1),
    },
    '=',
    literal(1),
  )

const plain = (node: Node, more: object = {}): Node => ({
  kind: 'SelectQueryNode',
  selections: [selection(as(node, 'n'))],
  ...more,
})
const largest = cast(literal('9223372036854775807'), 'integer')
const twice = plain(largest, {
  setOperations: [
    {
      kind: 'SetOperationNode',
      operator: 'union',
      all: true,
      expression: plain(binary(largest, '+', literal(0))),
    },
  ],
})
const overflow = (more: object = {}): Node => ({
  kind: 'SelectQueryNode',
  from: from(as(twice, 'x')),
  selections: [selection(as(aggregate('sum', [ref('x.n')]), 'total'))],
  ...more,
})
const grown = (text: string, by: string, node: Node): Node =>
  call('replace', node, literal(text), literal(by))
const manyA = 'a'.repeat(40_000)
const tooLong = nested(3, (node) => grown('a', manyA, node), literal('a'))
const cases: Readonly<Record<string, Node>> = {
  'a text that replace makes too long': remarks(forHidden(tooLong)),
  'a text of the row itself that grows': remarks(
    binary(
      nested(
        3,
        (node) => grown('H', 'H'.repeat(40_000), node),
        call('substr', ref('Remark.text'), literal(1), literal(1)),
      ),
      '!=',
      literal('q'),
    ),
  ),
  'hex of hex of hex': remarks(forHidden(nested(32, (node) => call('hex', node), literal('a')))),
  'a sum beyond 64 bits, in a subquery': remarks(forHidden(overflow())),
  'a sum beyond 64 bits, in a common table expression': remarks(
    forHidden({
      kind: 'SelectQueryNode',
      from: from(table('sums')),
      selections: [selection(ref('sums.total'))],
    }),
    { with: withCtes(cte('sums', overflow())) },
  ),
  'json that is none': remarks(forHidden(call('json_extract', literal('{'), literal('$.a')))),
  'abs of the lowest number': remarks(
    forHidden(call('abs', cast(literal('-9223372036854775808'), 'integer'))),
  ),
  'a pattern longer than the database takes': remarks(
    forHidden(binary(literal('a'), 'like', literal('a'.repeat(60_000)))),
  ),
}

test.each(Object.entries(cases))('%s', async (name, tree) => {
  expect(await attack(vault, { name, tree, harmless: true })).toEqual([])
})
