/**
 * Search by PostgreSQL's `tsvector`, without extensions and dictionaries: a function takes texts apart into the words that
 * SQLite's index would have, and an index over its result follows every write by itself. The index says which rows may be
 * meant; which are, and how well they fit, is told by their own texts, so that positions, of which a `tsvector` keeps few,
 * do not matter, and nothing of other rows does.
 */

import { AliasNode, IdentifierNode, type OperationNode, RawNode } from 'kysely'
import type { ColumnType, Statement } from '../../drivers/driver.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { sha256Hex } from '../audit/canonical-json.ts'
import { definition, quoteName, quoteText } from '../migrate/ddl.ts'
import { columnOf } from '../query/nodes.ts'
import { wordIndexOf } from '../search/definition.ts'
import type { WordSearch } from '../search/word-search.ts'
import { ask, type Work } from '../work.ts'
import { capitalLetters, dividing, latinLetters, smallLetters } from './letters.ts'

/** Of what the functions give: other words are other functions, and other indexes. */
const version = 1
const foldedFunction = `_dbal_folded_${version}`
const wordsFunction = `_dbal_words_${version}`

/** What no word is, and every query finds: for texts of more words than a `tsvector` holds. */
const everything = '*'
const mostBytes = 1_000_000
/** A word's beginning stands for it beyond that; a query has 256 characters at most. */
const longestWord = 500

const marks = '\\u0300-\\u036f'

/** Words with single spaces between them and around all. In one expression: an index knows no other function by its name. */
const folding = (text: string) => `CASE WHEN octet_length(${text}) = char_length(${text})
    THEN regexp_replace(' ' || lower(${text} COLLATE "C") || ' ', '[^a-z0-9]+' COLLATE "C", ' ', 'g')
    ELSE regexp_replace(' ' || normalize(translate(lower(regexp_replace(
      normalize(regexp_replace(${text} COLLATE "C", '[${marks}]+', '', 'g'), NFD),
      '([${latinLetters}])[${marks}]+', '\\1', 'g') COLLATE "C"),
      ${quoteText(capitalLetters)}, ${quoteText(smallLetters)}), NFC) || ' ', '[${dividing}]+', ' ', 'g') END`

const functions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION main.${foldedFunction}(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $_dbal_$ BEGIN
  IF given IS NULL THEN RETURN ' '; END IF;
  RETURN ${folding('given')};
END $_dbal_$`,
  `CREATE OR REPLACE FUNCTION main.${wordsFunction}(given text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $_dbal_$
DECLARE
  whole text := array_to_string(given, ' ');
BEGIN
  IF octet_length(whole) > ${mostBytes} THEN RETURN '${everything}'::tsvector; END IF;
  RETURN array_to_tsvector(ARRAY(SELECT DISTINCT left(word, ${longestWord})
    FROM unnest(string_to_array(${folding('whole')}, ' ')) AS word WHERE word <> ''));
END $_dbal_$`,
]

/** All tables' indexes share one room of names. */
const prefix = '_dbal_search_'

const look = (sql: string, columns: readonly ColumnType[]): Statement => ({ sql, columns, once: true })

const standing = look(
  `SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'i'
AND starts_with(c.relname, '${prefix}')`,
  ['text'],
)

const columnsOf = look(
  `SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  ['text'],
)

const vector = (columns: readonly string[]) =>
  `main.${wordsFunction}(ARRAY[${columns.map((column) => `(${column})::text`).join(', ')}])`

function* follow(schema: SchemaData): Work<void> {
  const there = new Set((yield* ask(standing, [])).values as string[])
  const wanted = new Map<string, string>()
  for (const [name, data] of Object.entries(schema.entities)) {
    const index = wordIndexOf({ name, data })
    if (!index) continue
    const id = `${prefix}${sha256Hex(JSON.stringify([version, name, index.fields])).slice(0, 32)}`
    const text = `CREATE INDEX ${quoteName(id)} ON main.${quoteName(name)} USING gin (${vector(index.fields.map(quoteName))})`
    if (there.has(id) || (yield* hasColumns(name, index.fields))) wanted.set(id, text)
  }
  for (const id of there) if (!wanted.has(id)) yield* ask(definition(`DROP INDEX main.${quoteName(id)}`), [])
  const missing = [...wanted].filter(([id]) => !there.has(id))
  if (missing.length === 0) return
  for (const text of functions) yield* ask(definition(text), [])
  for (const [, text] of missing) yield* ask(definition(text), [])
}

/** Rolled back to before the table: it gets its index with the table. */
function* hasColumns(name: string, fields: readonly string[]): Work<boolean> {
  const columns = new Set((yield* ask(columnsOf, [])).values)
  return fields.every((field) => columns.has(`${name}.${field}`))
}

/** The alias of what the texts of a row are folded into. */
const folded = 'w'

/** `a, b` with nodes between the texts. */
function joined(before: string, parts: readonly (readonly [string, OperationNode, string])[], after: string) {
  const texts = [before]
  for (const [at, [left, , right]] of parts.entries()) {
    texts[texts.length - 1] += `${at > 0 ? ', ' : ''}${left}`
    texts.push(right)
  }
  texts[texts.length - 1] += after
  return RawNode.create(
    texts,
    parts.map(([, node]) => node),
  )
}

export const postgresWords: WordSearch = {
  follow,
  source: (fields) =>
    AliasNode.create(
      // OFFSET keeps it from being written out wherever it is named.
      joined(
        'lateral (select ',
        fields.map(({ name }, at) => [`main.${foldedFunction}((`, columnOf(name), `)::text) as "f${at}"`]),
        ' offset 0)',
      ),
      IdentifierNode.create(folded),
    ),
  candidates: (indexed, query) =>
    RawNode.create(
      ['(', ' @@ cast(', ' as tsquery))'],
      [
        joined(
          `main.${wordsFunction}(ARRAY[`,
          indexed.map((name) => ['(', columnOf(name), ')::text']),
          '])',
        ),
        query,
      ],
    ),
  query(phrases) {
    const lexemes = phrases.flatMap(({ folded, isPrefix }) =>
      folded.map((word, at) => `'${word}'${isPrefix && at === folded.length - 1 ? ':*' : ''}`),
    )
    return `(${lexemes.join(' & ')}) | '${everything}'`
  },
  holds: (place, pattern) =>
    RawNode.create(['(strpos(', ', ', ') > 0)'], [columnOf(`f${place}`, folded), pattern]),
  pattern: ({ folded, isPrefix }) => ` ${folded.join(' ')}${isPrefix ? '' : ' '}`,
}
