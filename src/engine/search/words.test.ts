import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Connection } from '../../drivers/driver.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import { fold, isIndexable, wordsOf } from './words.ts'

test.each([
  ['Hello, World!', ['hello', 'world']],
  ['ann@example.com', ['ann', 'example', 'com']],
  ['snake_case-word', ['snake', 'case', 'word']],
  ['Ünïcödé naïve', ['unicode', 'naive']],
  ['e\u0301tude', ['etude']],
  ['Straße Øre Łódź', ['straße', 'øre', 'łodz']],
  ['ΑΒΓ Привет', ['αβγ', 'привет']],
  ['v2.0', ['v2', '0']],
  ['東京タワー', ['東京タワー']],
  ['…!? —', []],
  ['', []],
])('%j has the words %j', (text, words) => {
  expect([...wordsOf(text)].map(({ folded }) => folded)).toEqual(words)
})

test('a word knows where it stands', () => {
  const text = 'Où est Éva?'
  expect([...wordsOf(text)].map(({ start, end }) => text.slice(start, end))).toEqual(['Où', 'est', 'Éva'])
})

test('letters made of parts stay whole', () => {
  expect(fold('한국')).toBe('한국')
})

test('scripts that part their words by spaces can be indexed', () => {
  for (const word of ['abc', 'été', 'Ωmega', 'слово', 'שלום', 'سلام', 'a1', '12'])
    expect(isIndexable(word)).toBe(true)
  for (const word of ['東京', 'タワー', '한국', 'ไทย', 'हिन्दी', 'abc東'])
    expect(isIndexable(word)).toBe(false)
})

const letters = [...'abcXYZ019', ...'àÉîõüçñÅøßłžŐ', ...'ΑάβΣς', ...'Яйёж', ...'שלא', ...'سلم', ...'Ժժ']
const signs = [' ', '-', '_', '.', '@', '"', "'", '*', '(', ':', '\n', '€', '…', '\u0301', '\u0308']

/** SQLite's own tokenizer, asked through the vocabulary of an index. */
function setupTokenizer() {
  const driver = openNodeSqlite(':memory:')
  onTestFinished(() => void driver.close())
  const connection = driver.acquire() as Connection
  const run = (sql: string, columns: readonly 'text'[] = [], values: readonly string[] = []) =>
    connection.execute({ sql, columns }, values, 0) as { values: readonly unknown[] }
  run("CREATE VIRTUAL TABLE x USING fts5(c, tokenize='unicode61 remove_diacritics 2')")
  run("CREATE VIRTUAL TABLE v USING fts5vocab('x', 'instance')")
  return (text: string) => {
    run('DELETE FROM x')
    run('INSERT INTO x VALUES (?)', [], [text])
    return run('SELECT term FROM v ORDER BY "offset"', ['text']).values
  }
}

test('words are those of the database’s own tokenizer', () => {
  const tokenize = setupTokenizer()
  const texts = fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...letters) }, fc.constantFrom(...signs)), {
      maxLength: 30,
    })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      expect([...wordsOf(text)].map(({ folded }) => folded)).toEqual(tokenize(text))
    }),
    { numRuns: 2_000 },
  )
})
