/** Random expressions over the columns in scope. */

import { expressionBuilder, sql } from 'kysely'
import type { Random } from './random.ts'
import type { Any, Scope, Selected } from './scope.ts'
import type { Kind } from './world.ts'

const eb: Any = expressionBuilder<Any, Any>()

/** Makes a query that may stand inside of another one. */
export type MakeSubquery = (scope: Scope, wanted: readonly Kind[]) => Selected

export class Expressions {
  readonly #random: Random
  readonly #subquery: MakeSubquery
  /** A name that the caller may not use is put into the query once. */
  readonly #probing: boolean
  probe: string | undefined

  constructor(random: Random, probing: boolean, subquery: MakeSubquery) {
    this.#random = random
    this.#probing = probing
    this.#subquery = subquery
  }

  /** A column of the kind that is in scope, by its full name. */
  column(scope: Scope, kind: Kind): Any | undefined {
    const forbidden = this.#forbidden(scope)
    if (forbidden) return forbidden
    const found = scope.sources.flatMap(({ alias, columns }) =>
      columns.filter((column) => column.kind === kind).map(({ name }) => `${alias}.${name}`),
    )
    return found.length > 0 ? eb.ref(this.#random.pick(found)) : undefined
  }

  #forbidden({ sources }: Scope): Any | undefined {
    if (!this.#probing || this.probe || !this.#random.chance(0.4)) return undefined
    const names = sources.flatMap(({ alias, forbidden = [] }) => forbidden.map((name) => `${alias}.${name}`))
    if (names.length === 0) return undefined
    this.probe = this.#random.pick(names)
    return eb.ref(this.probe)
  }

  of(kind: Kind, scope: Scope): Any {
    switch (kind) {
      case 'num':
        return this.number(scope)
      case 'text':
        return this.text(scope)
      case 'bool':
        return this.column(scope, 'bool') ?? eb.val(this.#random.chance(0.5))
      case 'date':
        return this.column(scope, 'date') ?? eb.val('2021-06-01T00:00:00.000Z')
      case 'json':
        return this.column(scope, 'json') ?? eb.val(null)
    }
  }

  number(scope: Scope): Any {
    const random = this.#random
    const inner = deeper(scope)
    const column = () => this.column(scope, 'num') ?? eb.val(random.below(7))
    if (scope.depth <= 0) return random.chance(0.8) ? column() : eb.val(random.below(7))
    return random.weighted<Any>([
      [10, column],
      [2, () => eb.val(random.below(7))],
      [1, () => eb.lit(random.below(7))],
      // In parentheses, since Kysely prints none of its own: the engine goes by the tree, SQLite by the text.
      [2, () => eb.parens(eb(this.number(inner), random.pick(['+', '-', '*']), this.number(inner)))],
      [1, () => eb.fn('abs', [this.number(inner)])],
      [1, () => eb.fn('length', [this.text(inner)])],
      [1, () => eb.fn.coalesce(this.number(inner), eb.val(random.below(7)))],
      [
        1,
        () => eb.case().when(this.predicate(inner)).then(this.number(inner)).else(this.number(inner)).end(),
      ],
      [1, () => eb.fn('nullif', [this.number(inner), this.number(inner)])],
      [1, () => this.#scalar(inner, 'num')],
      [1, () => this.#jsonNumber(scope)],
    ])
  }

  text(scope: Scope): Any {
    const random = this.#random
    const inner = deeper(scope)
    const column = () => this.column(scope, 'text') ?? eb.val('dot')
    if (scope.depth <= 0) return column()
    return random.weighted<Any>([
      [10, column],
      [1, () => eb.val(random.pick(['a', "o'b", 'g"h']))],
      [1, () => eb.fn(random.pick(['lower', 'upper', 'trim']), [this.text(inner)])],
      [1, () => eb.parens(eb(this.text(inner), '||', this.text(inner)))],
      [1, () => eb.fn('substr', [this.text(inner), eb.val(1), eb.val(2)])],
      [1, () => eb.fn.coalesce(this.text(inner), eb.val('none'))],
      [1, () => eb.case().when(this.predicate(inner)).then(this.text(inner)).end()],
      [1, () => this.#scalar(inner, 'text')],
    ])
  }

  predicate(scope: Scope): Any {
    const random = this.#random
    const inner = deeper(scope)
    const simple = () =>
      random.weighted<Any>([
        [2, () => eb(this.number(inner), random.pick(['=', '!=', '<', '<=', '>', '>=']), this.number(inner))],
        [1, () => eb(this.text(inner), random.pick(['=', '!=', '<', '>', 'is', 'is not']), this.text(inner))],
        [2, () => eb(this.text(inner), random.pick(['like', 'not like']), random.pick(['%a%', 'd__', '%']))],
        [4, () => eb(this.number(inner), random.pick(['<', '<=', '>', '>=', '!=']), random.from(1, 5))],
        [2, () => eb(this.number(inner), random.pick(['in', 'not in']), [1, random.below(9), 3])],
        [1, () => eb(this.text(inner), 'in', ['dot', 'ann', 'eel'])],
        [1, () => eb(this.number(inner), random.pick(['is', 'is not']), null)],
        [1, () => eb.between(this.number(inner), random.below(3), random.from(3, 6))],
        [1, () => eb(this.of('bool', inner), '=', random.chance(0.5))],
        [1, () => eb(this.of('date', inner), random.pick(['<', '>=']), '2022-01-01T00:00:00.000Z')],
      ])
    if (scope.depth <= 0) return simple()
    return random.weighted<Any>([
      [6, simple],
      [1, () => eb.or([this.predicate(inner), this.predicate(inner)])],
      [1, () => eb.and([this.predicate(inner), this.predicate(inner)])],
      [1, () => eb.not(this.predicate(inner))],
      // Not in parentheses, as Kysely prints them: what is around must not be taken apart by it.
      [1, () => this.predicate(inner).or(this.predicate(inner))],
      [1, () => eb(this.number(inner), random.pick(['in', 'not in']), this.#subquery(inner, ['num']).query)],
      [2, () => this.#exists(inner)],
      [1, () => eb(this.number(inner), random.pick(['=', '>']), this.#scalar(inner, 'num'))],
    ])
  }

  #exists(scope: Scope): Any {
    const exists = eb.exists(this.#subquery(scope, ['num']).query)
    return this.#random.chance(0.3) ? eb.not(exists) : exists
  }

  /** A subquery that gives one value: over one aggregate. */
  #scalar(scope: Scope, kind: 'num' | 'text'): Any {
    const { query, columns } = this.#subquery(scope, [kind])
    const [{ name = '' } = {}] = columns
    const of = `s.${name}`
    const random = this.#random
    const aggregate =
      kind === 'text' ? random.pick(['min', 'max']) : random.pick(['min', 'max', 'sum', 'count'])
    return eb.selectFrom(query.as('s')).select(eb.fn.agg(aggregate, [of]).as('v'))
  }

  #jsonNumber(scope: Scope): Any {
    const found = scope.sources.flatMap(({ alias, columns }) =>
      columns
        .filter(({ name, kind }) => kind === 'json' && name === 'info')
        .map(({ name }) => `${alias}.${name}`),
    )
    if (found.length === 0) return this.of('num', { ...scope, depth: 0 })
    return eb.ref(this.#random.pick(found), '->>').key('a')
  }

  /** Over groups or windows. */
  aggregate(scope: Scope): { readonly expression: Any; readonly kind: Kind } {
    const random = this.#random
    const inner = { ...scope, depth: Math.min(scope.depth, 1) }
    const over = (kind: 'num' | 'text', names: readonly string[]) => {
      const made = eb.fn.agg(random.pick(names), [this.of(kind, inner)])
      const distinct = random.chance(0.2) ? made.distinct() : made
      return {
        expression: random.chance(0.15) ? distinct.filterWhere(this.predicate(inner)) : distinct,
        kind,
      }
    }
    return random.weighted([
      [2, () => ({ expression: eb.fn.countAll(), kind: 'num' as const })],
      [4, () => over('num', ['sum', 'avg', 'min', 'max', 'count', 'total'])],
      [1, () => over('text', ['min', 'max'])],
    ])
  }

  /** Whose result does not hang on the order of equal rows. */
  window(scope: Scope): Any {
    const random = this.#random
    const plain = { ...scope, depth: 0 }
    const partitioned = (over: Any) => (random.chance(0.7) ? over.partitionBy(this.number(plain)) : over)
    return random.weighted<Any>([
      [1, () => eb.fn.agg('rank').over((over: Any) => partitioned(over).orderBy(this.number(plain)))],
      [
        1,
        () =>
          eb.fn.agg('dense_rank').over((over: Any) => partitioned(over).orderBy(this.text(plain), 'desc')),
      ],
      [2, () => eb.fn.agg(random.pick(['sum', 'count', 'max']), [this.number(plain)]).over(partitioned)],
      [1, () => eb.fn.countAll().over(partitioned)],
    ])
  }
}

export const deeper = (scope: Scope): Scope => ({ ...scope, depth: scope.depth - 1 })

export { eb, sql }
