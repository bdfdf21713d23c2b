import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DBALError } from '../../protocol/error.ts'
import { identifier, parseTree, read, tableName } from './tree.ts'

const name = (text: unknown) => ({ kind: 'IdentifierNode', name: text })
const refusal = expect.objectContaining({ code: 'VALIDATION_ERROR' })

describe('the text of a tree', () => {
  test.each([
    ['no text', 1],
    ['no JSON', '{"kind":'],
    ['no node', '[]'],
    ['a kind that is none', '{"kind":1}'],
    ['more than a million characters', `{"kind":"X","a":"${'x'.repeat(1_000_000)}"}`],
    ['10,000 deep', `${'{"kind":"ParensNode","node":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['lists, 100,000 deep', '['.repeat(100_000)],
    ['more than 5,000 nodes', `{"kind":"X","a":[${'{},'.repeat(5_000)}{}]}`],
  ])('%s', (_, text) => {
    expect(() => parseTree(text)).toThrow(refusal)
  })

  test('braces within texts are no nodes', () => {
    expect(parseTree(JSON.stringify({ kind: 'X', a: '{['.repeat(10_000), b: '\\"{' }))).toBeTruthy()
  })

  test('whatever it holds, it is taken or refused with a DBALError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseTree(text)
        } catch (error) {
          expect(error).toBeInstanceOf(DBALError)
        }
      }),
    )
  })
})

describe('names', () => {
  test.each([
    ['empty', ''],
    ['NUL', 'a\0'],
    ['half a character', '\ud800'],
    ['64 bytes', 'é'.repeat(32)],
    ['__proto__', '__proto__'],
    ['a list', ['a']],
  ])('%s', (_, text) => {
    expect(() => identifier(name(text))).toThrow(refusal)
  })

  test('63 bytes are a name, and so are quotes', () => {
    expect(identifier(name(`${'é'.repeat(31)}"`))).toHaveLength(32)
  })

  test('a schema before a table is refused', () => {
    const table = { kind: 'SchemableIdentifierNode', schema: name('temp'), identifier: name('Note') }
    expect(() => tableName({ kind: 'TableNode', table })).toThrow(
      expect.objectContaining({ code: 'CAPABILITY_NOT_SUPPORTED' }),
    )
  })
})

describe('properties', () => {
  test('an unknown one is refused, __proto__ too', () => {
    const text = '{"kind":"X","__proto__":{"a":1}}'
    expect(() => read(parseTree(text), 'X', ['a'])).toThrow(refusal)
    expect(() => read({ kind: 'X', b: 1 }, 'X', ['a'])).toThrow(refusal)
  })

  test('false, null and undefined are absent', () => {
    expect(() => read({ kind: 'X', b: false, c: null, d: undefined }, 'X', [])).not.toThrow()
  })
})
