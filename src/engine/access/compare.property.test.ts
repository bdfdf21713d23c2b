import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import fc from 'fast-check'
import { SelectionNode, SelectQueryNode, ValueNode } from 'kysely'
import { expect, it } from 'vitest'
import { sqliteDialect } from '../dialect.ts'
import { compileNode } from '../query/binding.ts'
import { type Comparable, comparableOf, compareValues } from './compare.ts'
import { likeLiteralNode, likeNode, matchesLike } from './like.ts'

const runs = Number(process.env.DBAL_PROPERTY_RUNS ?? 3_000)
const database = new DatabaseSync(':memory:')

// Few characters, so that random texts often share a beginning; among them each that some comparison treats in a way of its own.
const alphabet = [
  ...'aAbZz_%*?[]^-\\',
  'é',
  'É',
  '\0',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\ud800',
]
const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 6 }).map((characters) => characters.join(''))
const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(2 ** 53, 2n ** 53n + 1n, 2 ** 63, 2n ** 63n - 1n),
)
const bytes = fc.uint8Array({ maxLength: 3 })

it('orders values as SQLite does', () => {
  const plain = database.prepare('select (? > ?) - (? < ?) as "order"')
  const folded = database.prepare('select (? collate nocase > ?) - (? collate nocase < ?) as "order"')
  const value = fc.oneof({ arbitrary: text, weight: 3 }, number, bytes)
  fc.assert(
    fc.property(value, value, (left, right) => {
      const [a, b] = [comparableOf(left) as Comparable, comparableOf(right) as Comparable]
      const given = [left, right, left, right]
      expect(Math.sign(compareValues(a, b, false))).toBe(plain.get(...given)?.order)
      expect(Math.sign(compareValues(a, b, true))).toBe(folded.get(...given)?.order)
    }),
    { numRuns: runs },
  )
})

it.each([false, true])(
  'matches patterns as SQLite does, known now or only there (case ignored: %s)',
  (ignoreCase) => {
    const [subject, pattern] = [ValueNode.create('subject'), ValueNode.create('pattern')]
    const matches = (literal: string | null, given: { readonly [name: string]: string }) => {
      const node =
        literal === null
          ? likeNode(subject, pattern, ignoreCase, sqliteDialect)
          : likeLiteralNode(subject, literal, ignoreCase, sqliteDialect)
      const query = { ...SelectQueryNode.create(), selections: [SelectionNode.create(node as never)] }
      const { statement, parameters } = compileNode(
        query as SelectQueryNode,
        [],
        sqliteDialect.createCompiler(),
      )
      const values = parameters.map((each) => given[each as string] ?? each) as SQLInputValue[]
      const [answer] = Object.values(database.prepare(statement.sql).get(...values) ?? {})
      return answer === null ? null : answer === 1
    }
    fc.assert(
      fc.property(text, text, (first, second) => {
        const expected = matchesLike(first.toWellFormed(), second.toWellFormed(), ignoreCase)
        expect(matches(null, { subject: first, pattern: second })).toBe(expected)
        expect(matches(second, { subject: first })).toBe(expected)
      }),
      { numRuns: runs },
    )
  },
)
