/**
 * Terms as conditions, and the ranking. A row's rank follows from its own searched fields and the query alone: FTS5's own
 * (bm25) weighs words by how many rows have them, rows that the caller may not see among them, and would tell of those.
 */

import {
  AliasNode,
  BinaryOperationNode,
  CaseNode,
  IdentifierNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  type ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  WhenNode,
  WhereNode,
} from 'kysely'
import type { FieldModel } from '../model.ts'
import { and, call, columnOf, compare, isNotNull, literal, not, or, physicalTable } from '../query/nodes.ts'
import type { Build, Shape } from '../query/shape.ts'
import { contains } from '../query/text-match.ts'
import { namesOf, textColumn } from './definition.ts'
import type { Term } from './search-text.ts'
import type { WordSearch } from './word-search.ts'

/** The alias of the index's numbers of rows, joined to the entity. */
export const docsAlias = 'd'

export interface Match {
  /** True when `docsAlias` must be joined. */
  readonly usesIndex: boolean
  /** What else must stand in FROM. */
  readonly source: Build | undefined
  readonly conditions: readonly Build[]
  /** A number that is greater the better a row fits. */
  readonly score: Build
}

export interface MatchInput {
  readonly entity: string
  readonly schemaName: string
  readonly fields: readonly FieldModel[]
  readonly terms: readonly Term[]
  /** All search fields of the entity, in the order of the index's columns. */
  readonly indexed: readonly string[]
  readonly shape: Shape
  /** Of the database; absent where the index is FTS5's. */
  readonly words: WordSearch | undefined
}

export function matchTerms(input: MatchInput): Match {
  const { terms, shape, fields, words } = input
  const inIndex = terms.filter(({ isIndexed }) => isIndexed)
  const inTexts = terms.filter(({ isIndexed }) => !isIndexed)
  const wanted = inIndex.filter(({ isExcluded }) => !isExcluded)
  const unwanted = inIndex.filter(({ isExcluded }) => isExcluded)
  const conditions: Build[] = []
  shape.key += 'm'
  for (const { index } of fields) shape.key += `${index}.`
  if (words && wanted.length > 0) {
    shape.key += '@'
    const query = shape.slot(words.query(wanted))
    conditions.push(() => words.candidates(input.indexed, query()))
  }
  if (wanted.length > 0) conditions.push(has(input, fields, wanted, 'all'))
  if (unwanted.length > 0) {
    shape.key += '-'
    const excluded = has(input, fields, unwanted, 'any')
    conditions.push(() => not(excluded()))
  }
  for (const term of inTexts) {
    shape.key += term.isExcluded ? '!' : '+'
    const holding = fields.map((field) => holds(field, term, shape))
    conditions.push(
      term.isExcluded ? () => not(or(holding.map((one) => one()))) : () => or(holding.map((one) => one())),
    )
  }
  const ranked = wanted.length > 0 ? indexScores(input, wanted) : textScores(input, inTexts)
  return {
    usesIndex: !words && inIndex.length > 0,
    source: words && inIndex.length > 0 ? () => words.source(fields) : undefined,
    conditions,
    score: () => sum(ranked.map((one) => one())),
  }
}

type Words = Pick<Term, 'words' | 'folded' | 'isPrefix'>

/** Whether the fields together have all the terms, or any of them. */
function has(
  input: MatchInput,
  fields: readonly FieldModel[],
  terms: readonly Words[],
  which: 'all' | 'any',
): Build {
  const { words, shape } = input
  if (!words) return inDocs(input, fields, terms.map(expressionOf).join(which === 'all' ? ' AND ' : ' OR '))
  const places = fields.map((field) => input.fields.indexOf(field))
  shape.key += `w${which}${terms.length}:${places.join('.')};`
  const slots = terms.map((term) => shape.slot(words.pattern(term)))
  return () => {
    const each = slots.map((slot) => or(places.map((place) => words.holds(place, slot()))))
    return which === 'all' ? and(each) : or(each)
  }
}

/** Everything of the caller's stands in quotes, and holds letters and digits only. */
function expressionOf({ words, isPrefix }: Pick<Term, 'words' | 'isPrefix'>): string {
  return `"${words.join(' ')}"${isPrefix ? ' *' : ''}`
}

/** `"d"."doc" in (select "f"."rowid" from "…text" as "f" where "f"."…text" match ?)` */
function inDocs(
  { entity, schemaName, indexed, shape }: MatchInput,
  fields: readonly FieldModel[],
  expression: string,
): Build {
  const columns = fields.map(({ name }) => textColumn(indexed.indexOf(name)))
  shape.key += 'w'
  const slot = shape.slot(`{${columns.join(' ')}} : (${expression})`)
  const { text } = namesOf(entity)
  return () =>
    compare(columnOf('doc', docsAlias), 'in', {
      ...SelectQueryNode.createFrom([
        AliasNode.create(physicalTable(schemaName, text), IdentifierNode.create('f')),
      ]),
      selections: [SelectionNode.create(columnOf('rowid', 'f') as ReferenceNode)],
      where: WhereNode.create(compare(columnOf(text, 'f'), 'match', slot())),
    } as SelectQueryNode)
}

/** Whether a field holds the text of the term, wherever in it; false, not unknown, for a null. */
function holds({ name }: FieldModel, { text }: Term, shape: Shape): Build {
  const node = () => columnOf(name)
  const found = contains({ node, folded: true }, text, shape)
  return () => and([isNotNull(node()), found()])
}

/**
 * For each field, the first ones most: all terms in it; all of them as whole words; all of them next to each other as
 * they were typed.
 */
function indexScores(input: MatchInput, terms: readonly Term[]): Build[] {
  const { fields, shape } = input
  const whole = terms.map((term) => ({ ...term, isPrefix: false }))
  const inRow = [
    {
      words: terms.flatMap(({ words }) => words),
      folded: terms.flatMap(({ folded }) => folded),
      isPrefix: false,
    },
  ]
  const levels = new Map<string, { readonly terms: readonly Words[]; readonly weight: number }>()
  for (const [at, level] of [terms, whole, inRow].entries()) {
    const expression = level.map(expressionOf).join(' AND ')
    const weight = (levels.get(expression)?.weight ?? 0) + 2 ** at
    levels.set(expression, { terms: level, weight })
  }
  return fields.slice(0, rankedFields).flatMap((field, at) =>
    [...levels.values()].map(({ terms, weight }) => {
      const points = weight * weightOf(fields, at)
      shape.key += `s${points}`
      return pointsIf(has(input, [field], terms, 'all'), points)
    }),
  )
}

function textScores({ fields, shape }: MatchInput, terms: readonly Term[]): Build[] {
  const wanted = terms.filter(({ isExcluded }) => !isExcluded)
  return fields.slice(0, rankedFields).map((field, at) => {
    const points = weightOf(fields, at)
    shape.key += `t${points}`
    const all = wanted.map((term) => holds(field, term, shape))
    return pointsIf(() => and(all.map((one) => one())), points)
  })
}

/** A look into the index for each field and level: the rest count for finding, not for ranking. */
const rankedFields = 8

const weightOf = (fields: readonly unknown[], at: number) => Math.min(fields.length, rankedFields) - at

function pointsIf(condition: Build, points: number): Build {
  return () =>
    CaseNode.cloneWith(
      CaseNode.cloneWithWhen(CaseNode.create(), {
        ...WhenNode.create(condition()),
        result: literal(points),
      } as WhenNode),
      { else: literal(0) },
    )
}

export function sum(terms: readonly OperationNode[]): OperationNode {
  return ParensNode.create(
    terms.reduce((left, right) => BinaryOperationNode.create(left, OperatorNode.create('+'), right)),
  )
}

/** Characters of the searched fields together: of rows that fit alike, the shorter say it more to the point. */
export function lengthOf(fields: readonly FieldModel[]): OperationNode {
  return sum(fields.map(({ name }) => call('coalesce', call('length', columnOf(name)), literal(0))))
}
