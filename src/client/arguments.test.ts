import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { copyArguments } from './arguments.ts'

function refusal(params: readonly unknown[]): unknown {
  try {
    copyArguments(params)
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR')) return error.details?.issues[0]
    throw error
  }
  return 'accepted'
}

test('any plain data comes out equal, and nothing of it is shared', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
  )
  const data = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('any')),
      fc.dictionary(fc.string(), tie('any')),
    ),
  })).any
  fc.assert(
    fc.property(data, (given) => {
      const value = structuredClone(given)
      fc.pre(!JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? '' : one)).includes('"__proto__"'))
      const before = structuredClone(value)
      const [copy] = copyArguments([value])
      expect(copy).toEqual(before)
      scramble(value)
      expect(copy).toEqual(before)
    }),
  )
})

function scramble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const part of Object.values(value)) scramble(part)
  if (Array.isArray(value)) value.push('changed')
  else (value as Record<string, unknown>)['changed'] = true
}

describe('values of other kinds', () => {
  test('a date becomes its ISO text', () => {
    expect(copyArguments([{ at: new Date('2026-01-15T10:30:00Z') }])).toEqual([
      { at: '2026-01-15T10:30:00.000Z' },
    ])
  })

  test('bytes of any kind become a Uint8Array of their own', () => {
    const bytes = new Uint8Array([1, 2, 3, 4])
    const [own, part, whole] = copyArguments([
      bytes,
      new DataView(bytes.buffer, 1, 2),
      bytes.buffer,
    ]) as Uint8Array[]
    bytes.fill(9)
    expect([own, part, whole]).toEqual([
      Uint8Array.of(1, 2, 3, 4),
      Uint8Array.of(2, 3),
      Uint8Array.of(1, 2, 3, 4),
    ])
    expect(own?.buffer.byteLength).toBe(4)
  })

  test('an object of a class is taken as the data it holds', () => {
    class Draft {
      readonly title = 'x'
      publish() {}
    }
    expect(copyArguments([new Draft()])).toEqual([{ title: 'x' }])
  })

  test('properties that are undefined stay, parameters at the end that are undefined go', () => {
    const [filter] = copyArguments([{ a: undefined }, undefined, undefined])
    expect(Object.keys(filter as object)).toEqual(['a'])
    expect(copyArguments([1, undefined, 2, undefined])).toEqual([1, undefined, 2])
  })
})

describe('what cannot be sent is refused with its place', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  test.each([
    ['a function', [{ props: { onClick: () => {} } }], 'props.onClick', 'a function cannot be sent'],
    ['a symbol', [[{ tags: ['a', Symbol('b')] }]], '[0].tags[1]', 'a symbol cannot be sent'],
    ['a promise', [{ id: Promise.resolve(1) }], 'id', 'a Promise cannot be sent; is an await missing?'],
    ['a map', [{ value: new Map() }], 'value', 'a Map cannot be sent'],
    ['an invalid date', [{ at: new Date('x') }], 'at', 'is not a valid date'],
    ['a function as a parameter', ['x', () => {}], '', 'a function cannot be sent'],
    ['__proto__', [JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}')], 'a', '__proto__ is not a name'],
  ])('%s', (_, params, path, message) => {
    expect(refusal(params)).toEqual({ path, message })
  })

  test('an object that holds itself', () => {
    expect(refusal([cycle])).toMatchObject({ message: 'is nested too deep, or holds itself' })
  })
})
