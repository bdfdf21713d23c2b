import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSearchText } from './search-text.ts'
import { Looked, snippetOf } from './snippet.ts'

const show = (text: string, query: string, words = 16) =>
  snippetOf(text, readSearchText(query), words)
    ?.map(({ text: part, hit }) => (hit ? `[${part}]` : part))
    .join('')

test.each<[string, string, string | undefined]>([
  ['The fog of war', 'fog', 'The [fog] of war'],
  ['The fog of war', 'fog of', 'The [fog] [of] war'],
  ['The fog of war', '"fog of"', 'The [fog of] war'],
  ['The fog of war', 'fo', 'The [fog] of war'],
  ['The fog of war', 'fo ', undefined],
  ['The fog of war', 'war "of war" the', '[The] fog [of war]'],
  ['fog, fog; FOG!', 'fog', '[fog], [fog]; [FOG]!'],
  ['Züge nach Zürich', 'zuri', 'Züge nach [Zürich]'],
  ['e\u0301te\u0301', 'ete', '[e\u0301te\u0301]'],
  ['The fog of war', 'fog -war', 'The [fog] of war'],
  ['東京タワーと東京', '東京', '[東京]タワーと[東京]'],
  ['', 'fog', undefined],
])('%j for %j is %j', (text, query, shown) => {
  expect(show(text, query)).toBe(shown)
})

test('is cut round the most hits, with a little before them', () => {
  const text = 'one fog two three four five six seven eight fog war nine ten eleven twelve'
  expect(show(text, 'fog war ', 5)).toBe('…eight [fog] [war] nine ten…')
  expect(show('fog one two three four', 'fog', 2)).toBe('[fog] one…')
  expect(show('one two three four fog.', 'fog', 2)).toBe('…four [fog].')
})

test('is looked for in the first 200,000 characters', () => {
  expect(show(`${'x '.repeat(100_000)}fog`, 'fog')).toBeUndefined()
  expect(show(`${'x '.repeat(99_000)}fog ${'y '.repeat(9_000)}`, 'fog', 3)).toBe('…[fog] y y…')
})

test('of a text that is all hits takes one walk', () => {
  // Compared word by word with each other, these would take minutes.
  expect(show('a '.repeat(100_000), 'a', 3)).toBe('[a] [a] [a]…')
})

test('is looked for in the beginnings of texts when the search has looked at enough', () => {
  const looked = new Looked()
  const shown = (text: string) => snippetOf(text, readSearchText('fog '), 3, looked)?.length
  const late = `${'x '.repeat(5_000)}fog`
  for (let text = 0; text < 10; text++) expect(shown(`${'x '.repeat(90_000)}fog`)).toBe(3)
  expect(shown(late)).toBe(3)
  for (let text = 0; text < 20; text++) shown(late)
  expect(shown(late)).toBeUndefined()
  expect(shown('x fog')).toBe(2)
})

test('is a piece of the text, to the letter', () => {
  const texts = fc.string({ unit: fc.constantFrom(...'abé东İß .-"', ' '), maxLength: 60 })
  fc.assert(
    fc.property(texts, fc.constantFrom('a', 'ab', 'é b', '"a b"', '东'), fc.nat(6), (text, query, more) => {
      const parts = snippetOf(text, readSearchText(query), more + 1)
      if (!parts) return
      const whole = parts.map((part) => part.text)
      if (whole[0] === '…') whole.shift()
      if (whole.at(-1) === '…') whole.pop()
      expect(text).toContain(whole.join(''))
      expect(parts.some(({ hit }) => hit)).toBe(true)
      expect(parts.every(({ text: part }) => part.length > 0)).toBe(true)
    }),
  )
})
