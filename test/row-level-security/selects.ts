/**
 * Random SELECT queries, each made twice at once: by Kysely for our engine, and as text for PostgreSQL. Joins, correlated
 * subqueries, derived tables, CTEs, groups, unions.
 */

import { expressionBuilder } from 'kysely'
import type { Random } from '../kysely/support/random.ts'
import type { Any } from '../kysely/support/scope.ts'
import { asText, quoteName, quoteText } from './conditions.ts'
import { dates, type Entity, entities, type Kind, kinds, texts } from './tables.ts'

const eb: Any = expressionBuilder<Any, Any>()

/** One thing, said to both. */
interface Pair {
  readonly ours: Any
  readonly theirs: string
}

interface Source {
  readonly alias: string
  readonly columns: Readonly<Record<string, Kind>>
}

interface Scope {
  readonly sources: readonly Source[]
  readonly depth: number
}

interface Selected extends Pair {
  readonly columns: Readonly<Record<string, Kind>>
}

export interface Query extends Pair {
  /** The order of its rows is told. */
  readonly ordered: boolean
  readonly entities: ReadonlySet<Entity>
}

/** What is selected from: `selectFrom` of a database, or of what its CTEs are in. */
type Creator = Any

export class SelectMaker {
  readonly #random: Random
  readonly #db: Creator
  readonly #named = new Set<Entity>()
  /** In sight from everywhere behind them. */
  readonly #ctes: Source[] = []
  #names = 0
  #sources = 0

  constructor(random: Random, db: Creator) {
    this.#random = random
    this.#db = db
  }

  query(): Query {
    const random = this.#random
    const depth = random.pick([1, 1, 2, 2, 3])
    let creator = this.#db
    let prefix = ''
    for (let count = random.chance(0.2) ? random.from(1, 2) : 0; count > 0; count--) {
      // Now and then by the name of a table, which it then stands for.
      const alias = random.chance(0.3) ? random.pick(entities) : this.#name('c')
      if (this.#ctes.some((cte) => cte.alias === alias)) continue
      const query = this.#plain(this.#db, { sources: [], depth: 1 })
      creator = creator.with(alias, () => query.ours)
      prefix += `${prefix === '' ? 'with ' : ', '}${quoteName(alias)} as (${query.theirs})`
      this.#ctes.push({ alias, columns: query.columns })
    }
    const scope = { sources: [], depth }
    const made = random.weighted<Selected>([
      [5, () => this.#plain(creator, scope)],
      [3, () => this.#grouped(creator, scope)],
      [1, () => this.#compound(creator, scope)],
    ])
    const whole = { ...made, theirs: `${prefix} ${made.theirs}` }
    return { ...this.#limited(whole), entities: this.#named }
  }

  /** A condition over one table, under its own name, for a write. */
  where(entity: Entity): { readonly pair: Pair; readonly entities: ReadonlySet<Entity> } {
    const source = { alias: entity, columns: kinds[entity] }
    const pair = this.#predicate({ sources: [source], depth: 2 })
    return { pair, entities: this.#named }
  }

  #name(letter: string): string {
    return `${letter}${++this.#names}`
  }

  #limited(made: Selected): Omit<Query, 'entities'> {
    const random = this.#random
    const names = Object.keys(made.columns)
    if (
      !random.chance(0.35) ||
      Object.values(made.columns).some((kind) => kind === 'opaque' || kind === 'folded')
    )
      return { ...made, ordered: false }
    let { ours, theirs } = made
    const keys = names.map((name) => {
      const down = random.chance(0.4)
      ours = ours.orderBy(name, down ? 'desc' : 'asc')
      return `${quoteName(name)} ${down ? 'desc nulls last' : 'asc nulls first'}`
    })
    theirs += ` order by ${keys.join(', ')}`
    if (random.chance(0.7)) {
      const limit = random.from(1, 6)
      ours = ours.limit(limit)
      theirs += ` limit ${limit}`
    }
    return { ours, theirs, ordered: true }
  }

  /** A table, a CTE or a query of its own, under a name of ours. */
  #source(scope: Scope): Pair & { readonly source: Source } {
    const random = this.#random
    this.#sources++
    if (this.#ctes.length > 0 && random.chance(0.6)) {
      const { alias: name, columns } = random.pick(this.#ctes)
      const alias = this.#name('t')
      return {
        ours: `${name} as ${alias}`,
        theirs: `${quoteName(name)} as ${alias}`,
        source: { alias, columns },
      }
    }
    if (scope.depth > 1 && random.chance(0.12)) {
      const { ours, theirs, columns } = this.#plain(this.#db, { sources: [], depth: 1 })
      const alias = this.#name('t')
      return { ours: ours.as(alias), theirs: `(${theirs}) as ${alias}`, source: { alias, columns } }
    }
    const entity = random.pick(entities.filter((name) => !this.#ctes.some(({ alias }) => alias === name)))
    this.#named.add(entity)
    const alias = this.#name('t')
    return {
      ours: `${entity} as ${alias}`,
      theirs: `${quoteName(entity)} as ${alias}`,
      source: { alias, columns: kinds[entity] },
    }
  }

  #from(creator: Creator, scope: Scope, few: boolean): Pair & { readonly scope: Scope } {
    const random = this.#random
    const first = this.#source(scope)
    let ours = creator.selectFrom(first.ours)
    let theirs = ` from ${first.theirs}`
    const sources = [first.source]
    const joins = few ? Number(random.chance(0.15)) : random.pick([0, 0, 1, 1, 2])
    for (let at = 0; at < joins && this.#sources < 4; at++) {
      const { ours: table, theirs: text, source } = this.#source(scope)
      const inside = { sources: [...sources, source], depth: 1 }
      const keys = this.#keys(sources, source)
      const kind = random.weighted<'inner' | 'left' | 'right' | 'full'>([
        [5, () => 'inner'],
        [4, () => 'left'],
        [1, () => 'right'],
        // Only by equal keys: PostgreSQL has no other.
        [keys ? 0.7 : 0, () => 'full'],
      ])
      const on = keys && (kind === 'full' || random.chance(0.75)) ? keys : this.#predicate(inside)
      const more = kind !== 'full' && random.chance(0.25) ? this.#predicate(inside) : undefined
      ours = ours[`${kind}Join`](table, (join: Any) =>
        more ? join.on(on.ours).on(more.ours) : join.on(on.ours),
      )
      theirs += ` ${kind} join ${text} on ${on.theirs}${more ? ` and ${more.theirs}` : ''}`
      sources.push(source)
    }
    const inside = { sources: [...sources, ...scope.sources], depth: scope.depth }
    const conditions = Array.from({ length: random.pick([0, 1, 1, 2]) }, () => this.#predicate(inside))
    for (const condition of conditions) ours = ours.where(condition.ours)
    if (conditions.length > 0) theirs += ` where ${conditions.map((one) => one.theirs).join(' and ')}`
    return { ours, theirs, scope: inside }
  }

  #keys(sources: readonly Source[], source: Source): Pair | undefined {
    const keysOf = ({ alias, columns }: Source) =>
      Object.keys(columns).flatMap((name) => (/^(id|teamId|postId)$/.test(name) ? [[alias, name]] : []))
    const [left, right] = [sources.flatMap(keysOf), keysOf(source)]
    if (left.length === 0 || right.length === 0) return undefined
    const [one, other] = [this.#random.pick(left), this.#random.pick(right)]
    return {
      ours: eb(eb.ref(one.join('.')), '=', eb.ref(other.join('.'))),
      theirs: `(${one.map(quoteName).join('.')} = ${other.map(quoteName).join('.')})`,
    }
  }

  #plain(creator: Creator, scope: Scope, wanted?: readonly Kind[]): Selected {
    const random = this.#random
    const { ours: from, theirs: text, scope: inside } = this.#from(creator, scope, wanted !== undefined)
    let ours = from
    const items: string[] = []
    const columns: Record<string, Kind> = {}
    const count = wanted?.length ?? random.from(1, 4)
    for (let at = 0; at < count; at++) {
      const kind =
        wanted?.[at] ??
        random.pick(['num', 'num', 'num', 'text', 'text', 'bool', 'date', 'folded', 'opaque', 'enum'])
      const made = random.chance(wanted ? 0.5 : 0.8) ? this.#column(inside, kind) : undefined
      const expression = made ?? this.#of(kind === 'num' || kind === 'text' ? kind : 'num', inside)
      const name = wanted ? `u${at}` : this.#name('k')
      columns[name] = made ? kind : kind === 'text' ? 'text' : 'num'
      ours = ours.select(expression.ours.as(name))
      items.push(`${expression.theirs} as ${quoteName(name)}`)
    }
    const isDistinct =
      !wanted &&
      random.chance(0.12) &&
      !Object.values(columns).some((kind) => kind === 'folded' || kind === 'opaque')
    if (isDistinct) ours = ours.distinct()
    return { ours, theirs: `select ${isDistinct ? 'distinct ' : ''}${items.join(', ')}${text}`, columns }
  }

  #grouped(creator: Creator, scope: Scope): Selected {
    const random = this.#random
    const { ours: from, theirs: text, scope: inside } = this.#from(creator, scope, false)
    let ours = from
    const items: string[] = []
    const groups: string[] = []
    const columns: Record<string, Kind> = {}
    for (let count = random.below(3); count > 0; count--) {
      const kind = random.pick(['num', 'text', 'bool'] as const)
      const group = this.#column(inside, kind)
      if (!group || groups.includes(group.theirs)) continue
      const name = this.#name('g')
      columns[name] = kind
      ours = ours.select(group.ours.as(name)).groupBy(group.ours)
      items.push(`${group.theirs} as ${name}`)
      groups.push(group.theirs)
    }
    for (let count = random.from(1, 2); count > 0; count--) {
      const { ours: aggregate, theirs } = this.#aggregate(inside)
      const name = this.#name('a')
      columns[name] = 'num'
      ours = ours.select(aggregate.as(name))
      items.push(`${theirs} as ${name}`)
    }
    let tail = groups.length > 0 ? ` group by ${groups.join(', ')}` : ''
    if (random.chance(0.25)) {
      const { ours: aggregate, theirs } = this.#aggregate(inside)
      const [operator, bound] = [random.pick(['>', '<=']), random.below(4)]
      ours = ours.having(aggregate, operator, bound)
      tail += ` having ${theirs} ${operator} ${bound}`
    }
    return { ours, theirs: `select ${items.join(', ')}${text}${tail}`, columns }
  }

  #compound(creator: Creator, scope: Scope): Selected {
    const random = this.#random
    const wanted = Array.from({ length: random.from(1, 2) }, () => random.pick(['num', 'text'] as const))
    const first = this.#plain(creator, { ...scope, depth: 1 }, wanted)
    const second = this.#plain(this.#db, { ...scope, depth: 1 }, wanted)
    const [method, word] = random.pick([
      ['union', 'union'],
      ['unionAll', 'union all'],
      ['intersect', 'intersect'],
      ['except', 'except'],
    ] as const)
    return {
      ours: first.ours[method](second.ours),
      theirs: `${first.theirs} ${word} ${second.theirs}`,
      columns: first.columns,
    }
  }

  #aggregate(scope: Scope): Pair {
    const random = this.#random
    if (random.chance(0.3)) return { ours: eb.fn.countAll(), theirs: 'count(*)' }
    const name = random.pick(['sum', 'avg', 'min', 'max', 'count'])
    const of = this.#of('num', { ...scope, depth: Math.min(scope.depth, 1) })
    const distinct = random.chance(0.2)
    const made = eb.fn.agg(name, [of.ours])
    return {
      ours: distinct ? made.distinct() : made,
      theirs: `${name}(${distinct ? 'distinct ' : ''}${of.theirs})${name === 'avg' ? '::float8' : ''}`,
    }
  }

  /** A column of the kind that is in scope. */
  #column({ sources }: Scope, kind: Kind): Pair | undefined {
    const found = sources.flatMap(({ alias, columns }) =>
      Object.keys(columns).flatMap((name) => (columns[name] === kind ? [[alias, name]] : [])),
    )
    if (found.length === 0) return undefined
    const path = this.#random.pick(found)
    return { ours: eb.ref(path.join('.')), theirs: path.map(quoteName).join('.') }
  }

  #of(kind: 'num' | 'text', scope: Scope): Pair {
    return kind === 'num' ? this.#number(scope) : this.#text(scope)
  }

  #number(scope: Scope): Pair {
    const random = this.#random
    const value = random.below(7)
    const column = this.#column(scope, 'num')
    // A number alone has no type for PostgreSQL when it is a parameter.
    const plain = (): Pair => column ?? { ours: eb.lit(value), theirs: String(value) }
    if (scope.depth <= 0) return plain()
    const inner = { ...scope, depth: scope.depth - 1 }
    return random.weighted<Pair>([
      [8, plain],
      [
        2,
        () => {
          const [left, right] = [this.#number(inner), this.#number(inner)]
          const operator = random.pick(['+', '-', '*'])
          return {
            ours: eb.parens(eb(left.ours, operator, right.ours)),
            theirs: `(${left.theirs} ${operator} ${right.theirs})`,
          }
        },
      ],
      [1, () => this.#called('length', [this.#text(inner)])],
      [1, () => this.#called('abs', [this.#number(inner)])],
      [
        1,
        () => this.#called('coalesce', [this.#number(inner), { ours: eb.lit(value), theirs: String(value) }]),
      ],
      [
        1,
        () => {
          const [when, then, otherwise] = [this.#predicate(inner), this.#number(inner), this.#number(inner)]
          return {
            ours: eb.case().when(when.ours).then(then.ours).else(otherwise.ours).end(),
            theirs: `case when ${when.theirs} then ${then.theirs} else ${otherwise.theirs} end`,
          }
        },
      ],
      [1.5, () => this.#scalar(inner)],
    ])
  }

  #text(scope: Scope): Pair {
    const random = this.#random
    const column = this.#column(scope, 'text')
    const plain = (): Pair => column ?? { ours: eb.val('none'), theirs: "'none'::text" }
    if (scope.depth <= 0) return plain()
    const inner = { ...scope, depth: scope.depth - 1 }
    return random.weighted<Pair>([
      [8, plain],
      [1, () => this.#called('coalesce', [this.#text(inner), { ours: eb.val('none'), theirs: "'none'" }])],
      [
        1,
        () => {
          const [when, then] = [this.#predicate(inner), this.#text(inner)]
          return {
            ours: eb.case().when(when.ours).then(then.ours).end(),
            theirs: `case when ${when.theirs} then ${then.theirs} end`,
          }
        },
      ],
    ])
  }

  #called(name: string, given: readonly Pair[]): Pair {
    return {
      ours: eb.fn(
        name,
        given.map(({ ours }) => ours),
      ),
      theirs: `${name}(${given.map(({ theirs }) => theirs).join(', ')})`,
    }
  }

  /** One value out of a table that may look at the rows around. */
  #scalar(scope: Scope): Pair {
    const { ours, theirs } = this.#plain(this.#db, { ...scope, depth: Math.min(scope.depth, 1) }, ['num'])
    const name = this.#random.pick(['min', 'max', 'sum', 'count'])
    const alias = this.#name('s')
    return {
      ours: eb.selectFrom(ours.as(alias)).select(eb.fn.agg(name, [`${alias}.u0`]).as('v')),
      theirs: `(select ${name}(${alias}.u0) from (${theirs}) as ${alias})`,
    }
  }

  #predicate(scope: Scope): Pair {
    const random = this.#random
    const inner = { ...scope, depth: scope.depth - 1 }
    const simple = () => this.#comparison(inner)
    if (scope.depth <= 0) return simple()
    return random.weighted<Pair>([
      [8, simple],
      [1.5, () => this.#joined(inner, 'or')],
      [1, () => this.#joined(inner, 'and')],
      [
        1,
        () => {
          const { ours, theirs } = this.#predicate(inner)
          return { ours: eb.not(eb.parens(ours)), theirs: `(not (${theirs}))` }
        },
      ],
      [2, () => this.#exists(inner)],
      [1.5, () => this.#membership(inner)],
    ])
  }

  #joined(scope: Scope, word: 'and' | 'or'): Pair {
    const [left, right] = [this.#predicate(scope), this.#predicate(scope)]
    return { ours: eb[word]([left.ours, right.ours]), theirs: `(${left.theirs} ${word} ${right.theirs})` }
  }

  #exists(scope: Scope): Pair {
    const { ours, theirs } = this.#plain(this.#db, scope, ['num'])
    const isNone = this.#random.chance(0.35)
    return {
      ours: isNone ? eb.not(eb.exists(ours)) : eb.exists(ours),
      theirs: `${isNone ? 'not ' : ''}exists (${theirs})`,
    }
  }

  #membership(scope: Scope): Pair {
    const left = this.#number({ ...scope, depth: 0 })
    const { ours, theirs } = this.#plain(this.#db, scope, ['num'])
    const word = this.#random.pick(['in', 'not in'])
    return { ours: eb(left.ours, word, ours), theirs: `(${left.theirs} ${word} (${theirs}))` }
  }

  #comparison(scope: Scope): Pair {
    const random = this.#random
    const operator = random.pick(['=', '!=', '<', '<=', '>', '>='])
    const compare = (left: Pair, right: unknown, text: string): Pair => ({
      ours: eb(left.ours, operator, right),
      theirs: `(${left.theirs} ${operator} ${text})`,
    })
    const texts = () => this.#texts(scope, operator)
    const dated = this.#column(scope, 'date')
    const flag = this.#column(scope, 'bool')
    return random.weighted<Pair>([
      [
        4,
        () => {
          const value = random.from(0, 6)
          return compare(this.#number(scope), value, String(value))
        },
      ],
      [
        2,
        () => {
          const [left, right] = [this.#number(scope), this.#number(scope)]
          return compare(left, right.ours, right.theirs)
        },
      ],
      [this.#column(scope, 'text') ? 2 : 0, texts],
      [
        dated ? 1 : 0,
        () => {
          const date = random.pick(dates)
          const { ours, theirs } = dated as Pair
          const text = `((${theirs})::timestamptz ${operator} ${quoteText(date)}::timestamptz)`
          return { ours: eb(ours, operator, date), theirs: text }
        },
      ],
      [
        flag ? 1 : 0,
        () => {
          const value = random.chance(0.5)
          const { ours, theirs } = flag as Pair
          return { ours: eb(ours, '=', value), theirs: `(${theirs} = ${Number(value)})` }
        },
      ],
      [
        1,
        () => {
          const { ours, theirs } = this.#number(scope)
          const word = random.pick(['is', 'is not'])
          return { ours: eb(ours, word, null), theirs: `(${theirs} ${word} null)` }
        },
      ],
    ])
  }

  #texts(scope: Scope, operator: string): Pair {
    const random = this.#random
    const folded = random.chance(0.3) ? this.#column(scope, 'folded') : undefined
    const { ours, theirs } = folded ?? this.#text(scope)
    if (random.chance(0.4)) {
      // A query's own `like` does not regard the case of ASCII letters, whatever the field.
      const [word, pattern] = [random.pick(['like', 'not like']), random.pick(['%a%', 'b%', '%', 'É_'])]
      const text = `${asText(theirs, true)} ${word} ${asText(quoteText(pattern), true)} escape ''`
      return { ours: eb(ours, word, pattern), theirs: `(${text})` }
    }
    const value = random.pick(texts)
    const text = `${asText(theirs, !!folded)} ${operator} ${asText(quoteText(value), !!folded)}`
    return { ours: eb(ours, operator, value), theirs: `(${text})` }
  }
}
