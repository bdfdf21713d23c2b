import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { defineSchema } from './define.ts'
import { f } from './fields.ts'
import { parseRowFilter, type RowFilter, type RowFilterOperand, rowFilterLimits } from './row-filter.ts'

const schema = defineSchema({
  Page: {
    fields: { id: f.id(), level: f.integer(), title: f.string(), ownerId: f.uuid({ references: 'User.id' }) },
  },
  User: { fields: { id: f.id(), name: f.string() } },
  Node: {
    fields: {
      id: f.id(),
      pageId: f.uuid({ references: 'Page.id' }),
      kind: f.enum(['a', 'b'], { default: 'a' }),
      order: f.integer(),
      price: f.number(),
      open: f.boolean(),
      props: f.json(),
      at: f.datetime(),
    },
  },
})

const parse = (text: string, entity = 'Node') =>
  parseRowFilter(text, { place: 'Node.rules[0].rowFilter', schema, entity })

function complaint(text: string): string {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR')) {
      expect(error.details?.issues).toHaveLength(1)
      expect(error.details?.issues[0]?.path).toBe('Node.rules[0].rowFilter')
      return error.details?.issues[0]?.message ?? ''
    }
    throw error
  }
  return 'parsed'
}

const field = (...path: string[]): RowFilterOperand => ({ kind: 'field', path })
const literal = (value: string | number | boolean | null): RowFilterOperand => ({ kind: 'literal', value })
const compare = (left: RowFilterOperand, operator: string, right: RowFilterOperand) => ({
  kind: 'compare',
  operator,
  left,
  right,
})

describe('parseRowFilter', () => {
  test('"and" binds closer than "or", "not" closest, and chains are flat', () => {
    const a = compare(field('order'), '=', literal(1))
    expect(parse('order = 1 or order = 1 and order = 1 and not order = 1 or order = 1')).toEqual({
      kind: 'or',
      terms: [a, { kind: 'and', terms: [a, a, { kind: 'not', term: a }] }, a],
    })
    expect(parse('not not (order = 1 or order = 1)')).toEqual({
      kind: 'not',
      term: { kind: 'not', term: { kind: 'or', terms: [a, a] } },
    })
  })

  test.each<[string, unknown]>([
    ['order <= -1.5e3', compare(field('order'), '<=', literal(-1500))],
    ["kind != 'a'", compare(field('kind'), '!=', literal('a'))],
    ["page.title = 'it''s'", compare(field('page', 'title'), '=', literal("it's"))],
    ['open = TRUE', compare(field('open'), '=', literal(true))],
    ['order = null', compare(field('order'), '=', literal(null))],
    [
      '$user.level >= page.level',
      compare({ kind: 'variable', name: 'user.level' }, '>=', field('page', 'level')),
    ],
    ['at > $now', compare(field('at'), '>', { kind: 'variable', name: 'now' })],
    ["at > '2026-01-15T10:30:00.000Z'", compare(field('at'), '>', literal('2026-01-15T10:30:00.000Z'))],
    ['"order" = 1', compare(field('order'), '=', literal(1))],
    ['props IS NOT NULL', { kind: 'isNull', negated: true, operand: field('props') }],
    ['page.level is null', { kind: 'isNull', negated: false, operand: field('page', 'level') }],
    [
      "kind not in ('a', 'b')",
      { kind: 'in', negated: true, operand: field('kind'), items: [literal('a'), literal('b')] },
    ],
    [
      'order in (1, $user.level)',
      {
        kind: 'in',
        negated: false,
        operand: field('order'),
        items: [literal(1), { kind: 'variable', name: 'user.level' }],
      },
    ],
    [
      "page.title not like 'a%'",
      { kind: 'like', negated: true, operand: field('page', 'title'), pattern: literal('a%') },
    ],
  ])('reads %s', (text, expected) => {
    expect(parse(text)).toEqual(expected)
  })

  test.each<[string, string]>([
    ['', 'line 1, column 1: expected a field, a $variable or a value, found the end'],
    ['order =', 'line 1, column 8: expected a field, a $variable or a value, found the end'],
    ['order = 1\n  and nme = 2', 'line 2, column 7: unknown field "nme" of Node'],
    ['page.nme = 2', 'line 1, column 6: unknown field "nme" of Page'],
    ['constructor = 2', 'line 1, column 1: unknown field "constructor" of Node'],
    ['leaf.level = 2', 'line 1, column 1: unknown relation "leaf" of Node'],
    ['page.owner.name = $user.username', 'line 1, column 11: a row filter goes one relation deep'],
    ['order == 2', 'line 1, column 8: expected a field, a $variable or a value, found ='],
    ['order ~ 2', 'line 1, column 7: "~" is not understood here'],
    ['order <> 2', 'line 1, column 8: expected a field, a $variable or a value, found >'],
    [
      'open',
      'line 1, column 5: expected an operator (= != < <= > >= in, not in, is null, is not null, like), found the end',
    ],
    ['order = 1 order = 2', 'line 1, column 11: expected "and", "or" or the end, found order'],
    ['(order = 1', 'line 1, column 11: expected ")", found the end'],
    ['order in ()', 'line 1, column 11: expected a field, a $variable or a value, found )'],
    ['order not = 1', 'line 1, column 11: expected "in" or "like" after "not", found ='],
    ['order is 1', 'line 1, column 10: expected null, found 1'],
    ["kind = 'a", 'line 1, column 8: "\'" is not understood here'],
    [
      'id = $user.password',
      'line 1, column 6: unknown variable $user.password; there are $user.id, $user.username, $user.email, $user.role, $user.level, $now',
    ],
    [
      'id = $constructor',
      'line 1, column 6: unknown variable $constructor; there are $user.id, $user.username, $user.email, $user.role, $user.level, $now',
    ],
    ["order = 'one'", 'line 1, column 9: a number is compared with a text'],
    ['open > true', 'line 1, column 6: booleans compare with = and != only'],
    ["order like '1%'", 'line 1, column 1: "like" compares text only'],
    ['props = 1', 'line 1, column 1: json and bytes can only be asked "is null"'],
    ["kind = 'c'", "line 1, column 8: 'c' is not one of a, b"],
    ["kind in ('a', 'c')", "line 1, column 15: 'c' is not one of a, b"],
    ["at > '2026-01-15'", 'line 1, column 6: an instant is written as 2026-01-15T10:30:00.000Z'],
    ['order = 1e999', 'line 1, column 9: 1e999 is out of range'],
    ['order = 1; drop table Node', 'line 1, column 10: ";" is not understood here'],
    ['order = 1 -- x', 'line 1, column 11: "-" is not understood here'],
  ])('refuses %j', (text, message) => {
    expect(complaint(text)).toBe(message)
  })

  test('a list of other rows cannot be followed', () => {
    expect(() => parse('nodes.order = 1', 'Page')).toThrow('"nodes" is a list')
  })

  test('length and depth have limits', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}order = 1${')'.repeat(depth)}`
    const { depth, length } = rowFilterLimits
    expect(complaint(nested(depth))).toBe('parsed')
    expect(complaint(nested(depth + 1))).toContain('nested deeper')
    expect(complaint(`${'not '.repeat(depth + 1)}order = 1`)).toContain('nested deeper')
    expect(complaint(`order = 1${' '.repeat(length)}`)).toContain('longer than')
  })

  test('what is printed is read again as it was', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parse(print(filter))).toEqual(filter)
      }),
    )
  })

  test('text of any kind is parsed or refused as a VALIDATION_ERROR', () => {
    const piece = fc.constantFrom(
      'order',
      'page',
      '.',
      'level',
      '$user.id',
      '$',
      "'",
      "''",
      "'a'",
      '"',
      '"open"',
      '(',
      ')',
      ',',
      '=',
      '!=',
      '!',
      '<',
      'and',
      'or',
      'not',
      'in',
      'is',
      'null',
      'like',
      '1',
      '-',
      '1e',
      ' ',
      '\n',
      '__proto__',
      '\u0000',
      '😀',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(' ')),
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          complaint(text)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

/** Filters that are sound over Node, and flat where the parser makes them flat. */
const { filter: filters } = fc.letrec<{ filter: RowFilter; term: RowFilter; atom: RowFilter }>((tie) => {
  const number = fc.oneof(
    fc.constantFrom(field('order'), field('page', 'level'), literal(null)),
    fc.constant<RowFilterOperand>({ kind: 'variable', name: 'user.level' }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => literal(Object.is(value, -0) ? 0 : value)),
  )
  const text = fc.oneof(fc.constantFrom(field('page', 'title'), field('id')), fc.string().map(literal))
  const pair = fc.oneof(fc.tuple(number, number), fc.tuple(text, text))
  return {
    atom: fc.oneof(
      fc
        .tuple(pair, fc.constantFrom('=', '!=', '<', '<=', '>', '>='))
        .map(([[left, right], operator]) => ({ kind: 'compare', operator, left, right }) as RowFilter),
      fc
        .tuple(pair, fc.boolean())
        .map(
          ([[operand, item], negated]) =>
            ({ kind: 'in', negated, operand, items: [item, operand] }) as RowFilter,
        ),
      fc
        .tuple(text, text, fc.boolean())
        .map(([operand, pattern, negated]) => ({ kind: 'like', negated, operand, pattern }) as RowFilter),
      fc
        .tuple(fc.constantFrom(field('props'), field('order')), fc.boolean())
        .map(([operand, negated]) => ({ kind: 'isNull', negated, operand }) as RowFilter),
    ),
    term: fc.oneof(
      tie('atom'),
      tie('filter').map((term) => ({ kind: 'not', term }) as RowFilter),
    ),
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('term'),
      fc
        .tuple(fc.constantFrom('or', 'and'), fc.array(tie('term'), { minLength: 2, maxLength: 3 }))
        .map(([kind, terms]) => ({ kind, terms }) as RowFilter),
    ),
  }
})

function print(filter: RowFilter): string {
  switch (filter.kind) {
    case 'or':
    case 'and':
      return filter.terms.map(print).join(` ${filter.kind} `)
    case 'not':
      return `not (${print(filter.term)})`
    case 'compare':
      return `${printOperand(filter.left)} ${filter.operator} ${printOperand(filter.right)}`
    case 'in':
      return `${printOperand(filter.operand)}${filter.negated ? ' not' : ''} in (${filter.items.map(printOperand).join(', ')})`
    case 'isNull':
      return `${printOperand(filter.operand)} is${filter.negated ? ' not' : ''} null`
    case 'like':
      return `${printOperand(filter.operand)}${filter.negated ? ' not' : ''} like ${printOperand(filter.pattern)}`
  }
}

function printOperand(operand: RowFilterOperand): string {
  switch (operand.kind) {
    case 'field':
      return operand.path.map((name) => `"${name}"`).join('.')
    case 'variable':
      return `$${operand.name}`
    case 'literal':
      return typeof operand.value === 'string'
        ? `'${operand.value.replaceAll("'", "''")}'`
        : String(operand.value)
  }
}
