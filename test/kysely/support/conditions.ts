/** Row filters as data, with an evaluation of their own: the oracle shares no code with the engine. */

import type { Random } from './random.ts'
import { type Entity, kinds, levels, type RoleName, type Row, relations, type World } from './world.ts'

type Scalar = string | number | boolean

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: string; readonly value: Scalar }
  | { readonly kind: 'level'; readonly field: string; readonly operator: string }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'null'; readonly field: string; readonly negated: boolean }

const orders = ['=', '!=', '<', '<=', '>', '>=']

export function randomCondition(random: Random, entity: Entity, depth: number): Condition {
  if (depth > 0 && random.chance(0.35)) {
    if (random.chance(0.25)) return { kind: 'not', term: randomCondition(random, entity, depth - 1) }
    const terms = [randomCondition(random, entity, depth - 1), randomCondition(random, entity, depth - 1)]
    return { kind: random.chance(0.5) ? 'and' : 'or', terms }
  }
  const relation = relations[entity]
  const through = relation && random.chance(0.3) ? relation : undefined
  const of = through ? through.entity : entity
  // Rules may look at what their callers may not read.
  const name = random.pick(Object.keys(kinds[of]).filter((field) => kinds[of][field] !== 'json'))
  const field = through ? `${through.name}.${name}` : name
  switch (kinds[of][name]) {
    case 'bool':
      return { kind: 'compare', field, operator: random.pick(['=', '!=']), value: random.chance(0.7) }
    case 'num':
      if (random.chance(0.2)) return { kind: 'level', field, operator: random.pick(orders) }
      if (random.chance(0.2)) return { kind: 'in', field, values: [random.below(7), random.below(7), 2] }
      if (random.chance(0.1)) return { kind: 'null', field, negated: random.chance(0.8) }
      return { kind: 'compare', field, operator: random.pick(orders), value: random.from(0, 6) }
    case 'date':
      return { kind: 'compare', field, operator: random.pick(orders), value: '2021-06-01T00:00:00.000Z' }
    default:
      if (name === 'kind') return { kind: 'in', field, values: random.chance(0.5) ? ['cat', 'dog'] : ['eel'] }
      if (random.chance(0.1)) return { kind: 'null', field, negated: random.chance(0.8) }
      return {
        kind: 'compare',
        field,
        operator: random.pick(orders),
        value: random.pick(['b', 'dot', '§3', '%']),
      }
  }
}

const literal = (value: Scalar): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
const nameOf = (field: string): string =>
  field
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')

/** The condition in the language of row filters. */
export function textOf(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `(${condition.terms.map(textOf).join(` ${condition.kind} `)})`
    case 'not':
      return `not (${textOf(condition.term)})`
    case 'compare':
      return `${nameOf(condition.field)} ${condition.operator} ${literal(condition.value)}`
    case 'level':
      return `${nameOf(condition.field)} ${condition.operator} $user.level`
    case 'in':
      return `${nameOf(condition.field)} in (${condition.values.map(literal).join(', ')})`
    case 'null':
      return `${nameOf(condition.field)} is ${condition.negated ? 'not ' : ''}null`
  }
}

type Truth = boolean | null
const all = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true
const not = (truth: Truth): Truth => (truth === null ? null : !truth)

export interface Viewer {
  readonly rows: World['rows']
  readonly role: RoleName
}

/** Whether the row passes: unknown is no. */
export const passes = (condition: Condition | undefined, entity: Entity, row: Row, viewer: Viewer): boolean =>
  condition === undefined || truthOf(condition, entity, row, viewer) === true

function truthOf(condition: Condition, entity: Entity, row: Row, viewer: Viewer): Truth {
  const of = (term: Condition) => truthOf(term, entity, row, viewer)
  switch (condition.kind) {
    case 'and':
      return all(condition.terms.map(of))
    case 'or':
      return not(all(condition.terms.map((term) => not(of(term)))))
    case 'not':
      return not(of(condition.term))
    case 'null':
      return (fieldOf(condition.field, entity, row, viewer) === null) !== condition.negated
    case 'in': {
      const value = fieldOf(condition.field, entity, row, viewer)
      return value === null ? null : condition.values.includes(value as Scalar)
    }
    case 'compare':
      return compare(condition.operator, fieldOf(condition.field, entity, row, viewer), condition.value)
    case 'level':
      return compare(condition.operator, fieldOf(condition.field, entity, row, viewer), levels[viewer.role])
  }
}

function fieldOf(field: string, entity: Entity, row: Row, { rows }: Viewer): unknown {
  const [first = '', second] = field.split('.')
  if (second === undefined) return row[first] ?? null
  const relation = relations[entity]
  if (relation?.name !== first) throw new Error(`${entity} has no relation ${first}`)
  const other = rows[relation.entity].find(({ id }) => id === row[relation.field])
  return other?.[second] ?? null
}

function compare(operator: string, left: unknown, right: Scalar): Truth {
  if (left === null) return null
  const [a, b] = [left as Scalar, right]
  switch (operator) {
    case '=':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    default:
      throw new Error(`no operator ${operator}`)
  }
}
