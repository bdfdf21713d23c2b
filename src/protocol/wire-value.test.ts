import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printWire, readWire } from './wire-value.ts'

const again = (value: unknown) => readWire(JSON.parse(printWire(value)))

describe('a value on the wire', () => {
  it.each([
    ['a bigint', 2n ** 63n - 1n, '{"$bigint":"9223372036854775807"}'],
    ['bytes', Uint8Array.of(0, 255, 7, 9), '{"$bytes":"AP8HCQ=="}'],
    ['no number', Number.NaN, '{"$number":"NaN"}'],
    ['minus zero', -0, '{"$number":"-0"}'],
    ['undefined in an object', { a: undefined }, '{"a":{"$undefined":true}}'],
    ["somebody's own tag", { $bigint: '1' }, '{"$plain":{"$bigint":"1"}}'],
    [
      'a tag inside of a tag',
      { $plain: { $plain: 1n } },
      '{"$plain":{"$plain":{"$plain":{"$plain":{"$bigint":"1"}}}}}',
    ],
    ['two keys', { $bigint: '1', more: 1 }, '{"$bigint":"1","more":1}'],
    ['plain JSON', [{ a: [null, true, 'x', 1.5] }], '[{"a":[null,true,"x",1.5]}]'],
  ])('%s', (_name, value, text) => {
    expect(printWire(value)).toBe(text)
    expect(again(value)).toEqual(value)
  })

  it('whatever it is, comes back as it was', () => {
    const leaf = fc.oneof(
      fc.bigInt(),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(null, undefined, true, Number.NaN, -0),
    )
    const key = fc.oneof(fc.string(), fc.constantFrom('$bigint', '$bytes', '$plain', '$number', '$undefined'))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          key.filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 3, noNullPrototype: true },
        ),
      ),
    }))
    fc.assert(
      fc.property(value, (one) => {
        expect(again(one)).toStrictEqual(one)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    { $bigint: 1 },
    { $bigint: '1.5' },
    { $bigint: '9'.repeat(500) },
    { $bytes: 'a' },
    { $bytes: 'a===' },
    { $bytes: 'ä$==' },
    { $number: '1' },
    { $number: 'constructor' },
    { $undefined: false },
    { $plain: 1 },
    { $plain: [1] },
  ])('%j is refused', (value) => {
    expect(() => readWire(value)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  })
})
