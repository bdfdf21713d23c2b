/** A search: options read, the statement of their shape built, its rows given back with their snippets. */

import { AliasNode, FromNode, IdentifierNode, LimitNode, type OperationNode } from 'kysely'
import type { ResultSet } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { PackedRows } from '../../protocol/rows.ts'
import type { Guard } from '../access/access.ts'
import type { FieldModel } from '../model.ts'
import { parseFilter } from '../query/filter.ts'
import { type Include, parseInclude, type ReadContext } from '../query/include.ts'
import { parseFieldList, parseSelect, readOptions, readWhole } from '../query/list-options.ts'
import { columnAt } from '../query/list-plan.ts'
import type { Names } from '../query/names.ts'
import { columnOf, compare, physicalTable } from '../query/nodes.ts'
import type { Plan, Plans } from '../query/plans.ts'
import type { Build, Shape } from '../query/shape.ts'
import { orderBy } from '../query/sort.ts'
import { visible } from '../query/visibility.ts'
import { isPlainObject } from '../values/plain-object.ts'
import { keyColumn, namesOf } from './definition.ts'
import { docsAlias, lengthOf, type Match, matchTerms } from './match.ts'
import { readSearchText, type Term } from './search-text.ts'
import { Looked, snippetOf } from './snippet.ts'
import type { WordSearch } from './word-search.ts'

/** The property of a found row that holds its snippets: no field has such a name. */
export const snippetsName = '_snippets'

export interface SearchQuery {
  readonly shape: Shape
  readonly terms: readonly Term[]
  readonly fields: readonly FieldModel[]
  readonly match: Match
  readonly filter: Build | undefined
  readonly select: readonly FieldModel[]
  readonly include: readonly Include[]
  readonly snippets: Snippets | undefined
  readonly limit: number
  readonly limitSlot: Build
}

interface Snippets {
  readonly fields: readonly FieldModel[]
  /** Words in each. */
  readonly words: number
}

const optionNames: ReadonlySet<string> = new Set([
  'limit',
  'filter',
  'select',
  'include',
  'fields',
  'snippets',
])
const snippetNames: ReadonlySet<string> = new Set(['fields', 'words'])
const mostSnippetWords = 100

export interface SearchPlace {
  readonly schemaName: string
  /** False for a database, or an entity, without an index of words: texts are compared. */
  readonly hasIndex: boolean
  /** Of the database; absent where the index is FTS5's. */
  readonly words: WordSearch | undefined
}

/**
 * @param options of a search, or its limit
 * @returns undefined for a text without a word to look for: it finds nothing
 * @throws DBALError VALIDATION_ERROR; FORBIDDEN for a field that the caller may not read
 */
export function parseSearch(
  names: Names,
  context: ReadContext,
  { schemaName, hasIndex, words }: SearchPlace,
  text: unknown,
  options: unknown,
): SearchQuery | undefined {
  const { entity } = names.access
  const { shape } = context
  if (entity.data.search.length === 0)
    throw invalid('method', `${entity.name} has no operation search: its schema names no fields to search`)
  const given = readOptions(typeof options === 'number' ? { limit: options } : options, optionNames)
  const { list, maximum, counted } = context.rowLimits(entity)
  const limit = given.limit === undefined ? list : readWhole(given.limit, 'limit', maximum)
  context.complexity.add('row', 'limit', Math.min(limit, counted))
  const fields = readFields(names, given.fields)
  const snippets = readSnippets(names, given.snippets, fields)
  const read = readSearchText(text)
  const terms = hasIndex ? read : read.map((term) => ({ ...term, isIndexed: false }))
  context.complexity.add('condition', 'query', terms.length)
  const filter = parseFilter(context, given.filter, 'filter')
  shape.key += ';'
  const select = parseSelect(names, given.select, shape)
  shape.key += ';'
  const include = parseInclude(names, context, given.include)
  shape.key += ';'
  if (snippets) for (const { index } of snippets.fields) shape.key += `${index}.`
  if (terms.every(({ isExcluded }) => isExcluded)) return undefined
  const match = matchTerms({
    entity: entity.name,
    fields,
    terms,
    indexed: entity.data.search,
    shape,
    schemaName,
    words,
  })
  return {
    shape,
    terms,
    fields,
    match,
    filter,
    select,
    include,
    snippets,
    limit,
    limitSlot: shape.slot(limit),
  }
}

/** All search fields when none are named: each of them must be one that the caller may read. */
function readFields(names: Names, given: unknown): readonly FieldModel[] {
  const { search } = names.access.entity.data
  if (given === undefined || given === null) return search.map((name) => names.field(name, 'query'))
  const fields = parseFieldList(names, given, 'fields')
  if (fields.length === 0) throw invalid('fields', 'names no field')
  for (const [at, { name }] of fields.entries()) {
    if (!search.includes(name)) throw invalid(`fields[${at}]`, 'is no field that search looks into')
  }
  return fields
}

function readSnippets(names: Names, given: unknown, searched: readonly FieldModel[]): Snippets | undefined {
  if (given === undefined || given === null || given === false) return undefined
  const usual = { fields: searched, words: 16 }
  if (given === true) return usual
  if (!isPlainObject(given)) throw invalid('snippets', 'must be true or { fields?, words? }')
  for (const name of Object.keys(given)) {
    if (!snippetNames.has(name)) throw invalid('snippets', 'takes fields and words only')
  }
  const fields =
    given.fields === undefined ? usual.fields : parseFieldList(names, given.fields, 'snippets.fields')
  for (const [at, field] of fields.entries()) {
    if (!searched.includes(field)) throw invalid(`snippets.fields[${at}]`, 'is not searched')
  }
  const words =
    given.words === undefined ? usual.words : readWhole(given.words, 'snippets.words', mostSnippetWords)
  return { fields, words }
}

export function searchPlan(
  plans: Plans,
  { entity }: Names['access'],
  guard: Guard,
  schemaName: string,
  query: SearchQuery,
): Plan {
  const { shape, match, filter, select, include, snippets, fields, limitSlot } = query
  return plans.of(shape.key, () => {
    // What relations begin from and snippets are made of stands behind the fields of the result.
    const columns = [...select]
    const localColumns = include.map(({ subject }) => columnAt(columns, subject.local))
    const snippetColumns = snippets?.fields.map((field) => columnAt(columns, field))
    const where = [
      ...visible([guard]),
      ...(match.usesIndex
        ? entity.primaryKey.map(({ name }, at) =>
            compare(columnOf(name), '=', columnOf(keyColumn(at), docsAlias)),
          )
        : []),
      ...match.conditions.map((condition) => condition()),
      ...(filter ? [filter()] : []),
    ]
    const selected = plans.select(
      entity,
      columns.map(({ name }) => columnOf(name)),
      where,
    )
    const docs = AliasNode.create(
      physicalTable(schemaName, namesOf(entity.name).docs),
      IdentifierNode.create(docsAlias),
    )
    const beside = match.usesIndex ? docs : match.source?.()
    const node = {
      ...selected,
      ...(beside && { from: FromNode.create([...(selected.from?.froms ?? []), beside]) }),
      orderBy: orderBy([
        { node: match.score(), descending: true },
        { node: lengthOf(fields), descending: false },
        ...entity.primaryKey.map(({ name }): { node: OperationNode; descending: boolean } => ({
          node: columnOf(name),
          descending: false,
        })),
      ]),
      limit: LimitNode.create(limitSlot()),
    }
    return {
      compiled: plans.compile(
        node,
        columns.map(({ column }) => column),
      ),
      fields: select.map(({ name }) => name),
      ...(localColumns.length > 0 && { localColumns }),
      ...(snippetColumns && { snippetColumns }),
    }
  })
}

export const nothingFound = ({ access }: Names): PackedRows => ({
  fields: access.readable.map(({ name }) => name),
  values: [],
})

/** The rows, each with its snippets behind all else when they were asked for. */
export function withSnippets(
  rows: PackedRows,
  { snippetColumns }: Plan,
  { snippets, terms }: SearchQuery,
  result: ResultSet,
): PackedRows {
  if (!snippets || !snippetColumns) return rows
  const width = rows.fields.length
  const values: unknown[] = []
  const looked = new Looked()
  for (let row = 0; row * width < rows.values.length; row++) {
    for (let column = 0; column < width; column++) values.push(rows.values[row * width + column])
    const marked: [string, unknown][] = []
    for (const [at, { name }] of snippets.fields.entries()) {
      const text = result.values[row * result.width + (snippetColumns[at] as number)]
      const snippet = typeof text === 'string' ? snippetOf(text, terms, snippets.words, looked) : undefined
      if (snippet) marked.push([name, snippet])
    }
    values.push(Object.fromEntries(marked))
  }
  return { fields: [...rows.fields, snippetsName], values }
}
