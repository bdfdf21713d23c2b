import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanJson } from './scan-json.ts'

const problems = (text: string, depth = 10) => [...scanJson(text, depth)]

describe('a JSON text', () => {
  it.each([
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '[{"a":"a"},{"a":"b"}]',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a\\\\":1,"a":2}',
    '"__proto__"',
    '{"a":"__proto__"}',
    '["__proto__","__proto__"]',
    '{"a":["b","b"],"b":"a"}',
    '',
    '{"a',
    '"\\',
  ])('%s has no problem', (text) => {
    expect(problems(text)).toEqual([])
  })

  it.each([
    ['{"a":1,"a":2}', 'the key "a" comes twice'],
    ['{"a":1,"\\u0061":2}', 'the key "a" comes twice'],
    ['{"b":{"a":[],"c":{},"a":{}}}', 'the key "a" comes twice'],
    ['{ "a" : 1 ,\n"a" : 2 }', 'the key "a" comes twice'],
    ['{"__proto__":1}', '__proto__ is not a name'],
    ['{"\\u005f\\u005fproto__":1}', '__proto__ is not a name'],
    [`${'['.repeat(11)}${']'.repeat(11)}`, 'is nested more than 10 deep'],
    [`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`, 'is nested more than 10 deep'],
  ])('%s has one', (text, problem) => {
    expect(problems(text)).toEqual([[0, problem]])
  })

  it('tells the element of an array that has it', () => {
    expect(problems('[{"a":[1,2]},{"b":1,"b":2},{},{"__proto__":{}}]')).toEqual([
      [1, 'the key "b" comes twice'],
      [3, '__proto__ is not a name'],
    ])
  })

  it('that JSON.stringify makes has none, and with any key doubled it has one', () => {
    const json = fc.json().filter((text) => !text.includes('__proto__'))
    fc.assert(
      fc.property(json, fc.string(), (text, name) => {
        expect(problems(text, 1_000)).toEqual([])
        const key = JSON.stringify(name)
        expect(problems(`[0,{${key}:${text},"${'x'.repeat(50)}":${text},${key}:1}]`, 1_000)[0]?.[0]).toBe(1)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of any kind at all is read to its end', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '\\"', 'a', '1', '"a":', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        scanJson(pieces.join(''), 5)
      }),
      { numRuns: 5_000 },
    )
  })
})
