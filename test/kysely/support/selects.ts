/** Random SELECT queries of what a role may read, or, when probing, with one name in them that it may not use. */

import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/sqlite'
import { deeper, Expressions, eb } from './expressions.ts'
import { allows } from './oracle.ts'
import type { Random } from './random.ts'
import {
  type Any,
  builder,
  type Column,
  type Output,
  type Scope,
  type Selected,
  type Source,
} from './scope.ts'
import { type Entity, entities, type Kind, kinds, type RoleName, type World } from './world.ts'

/** Each counts a hundred of the thousand that a query may cost. */
const mostSources = 4
const comparable: readonly Kind[] = ['num', 'text', 'bool', 'date']

export class SelectMaker {
  readonly expressions: Expressions
  readonly #random: Random
  readonly #world: World
  readonly #role: RoleName
  readonly #probing: boolean
  #sources = 0
  #names = 0

  constructor(random: Random, world: World, role: RoleName, probing = false) {
    this.#random = random
    this.#world = world
    this.#role = role
    this.#probing = probing
    this.expressions = new Expressions(random, probing, (scope, wanted) => this.subquery(scope, wanted))
  }

  /** What was named that may not be; undefined when nothing was. */
  get probe(): string | undefined {
    return this.expressions.probe
  }

  /** One that may stand inside of another, with columns of the wanted kinds. */
  subquery(scope: Scope, wanted: readonly Kind[]): Selected {
    return this.#plain(builder, scope, { wanted, few: true })
  }

  /** @returns undefined when the role may read nothing at all */
  query(): Selected | undefined {
    if (!entities.some((entity) => allows(this.#world, this.#role, 'read', entity))) return undefined
    const scope: Scope = { sources: [], ctes: [], taken: [], depth: this.#random.pick([1, 1, 1, 2, 2, 3]) }
    return this.#random.chance(0.3) ? this.#withCtes(scope) : this.#whole(builder, scope)
  }

  #whole(creator: Any, scope: Scope): Selected {
    return this.#random.weighted<Selected>([
      [6, () => this.#plain(creator, scope, {})],
      [2, () => this.#grouped(creator, scope)],
      [1.5, () => this.#compound(creator, scope)],
      [1, () => this.#nested(creator, scope)],
    ])
  }

  #withCtes(scope: Scope): Selected {
    const random = this.#random
    let creator: Any = builder
    let { ctes } = scope
    const recursive = random.chance(0.3)
    // Names of tables above all: those of rules, and those that the bodies read.
    const names = random.some(['Person', 'Pet', 'Toy', 'c1', 'c2', 'main'], 0.35)
    const taken = recursive ? names : []
    for (const name of names) {
      const bodyScope = { ...scope, ctes, taken, depth: Math.min(scope.depth, 1) }
      const isCounter = recursive && random.chance(0.6)
      let columns: readonly Column[] = []
      const body = (own: Any): Any => {
        if (isCounter) {
          columns = [{ name: 'n', kind: 'num' }]
          return this.#recursion(own, name, { ...bodyScope, ctes: ctes.filter((cte) => cte.name !== name) })
        }
        const made = this.#whole(own, bodyScope)
        columns = made.columns
        return made.query
      }
      creator = recursive ? creator.withRecursive(name, body) : creator.with(name, body)
      ctes = [
        { name, columns: columns.filter(({ kind }) => kind !== 'json') },
        ...ctes.filter((cte) => cte.name !== name),
      ]
    }
    return this.#whole(creator, { ...scope, ctes })
  }

  /** Counts up from the ids of a table, or from one. */
  #recursion(creator: Any, name: string, scope: Scope): Any {
    const start = this.#random.chance(0.5)
      ? creator.selectNoFrom(eb.lit(1).as('n'))
      : this.#plain(creator, scope, { wanted: ['num'], names: ['n'], few: true }).query
    return start.union(
      builder
        .selectFrom(name)
        .select(eb(eb.ref(`${name}.n`), '+', eb.lit(1)).as('n'))
        .where(`${name}.n`, '<', this.#random.from(2, 5)),
    )
  }

  /** A table, a CTE or a subquery, under an alias that is free. */
  #from(scope: Scope, taken: readonly Source[]): { readonly table: Any; readonly source: Source } {
    const random = this.#random
    this.#sources++
    if (scope.depth > 0 && random.chance(0.12)) {
      const { query, columns } = this.#plain(builder, deeper({ ...scope, sources: [] }), { few: true })
      const alias = this.#alias(taken)
      return { table: query.as(alias), source: { alias, columns } }
    }
    const hidden = new Set([...scope.taken, ...scope.ctes.map(({ name }) => name)])
    const tables = entities.filter(
      (entity) => !hidden.has(entity) && allows(this.#world, this.#role, 'read', entity),
    )
    const unreadable = entities.filter(
      (entity) => !hidden.has(entity) && !allows(this.#world, this.#role, 'read', entity),
    )
    if (this.#probing && !this.probe && unreadable.length > 0 && random.chance(0.3)) {
      const [entity = 'Person'] = unreadable
      this.expressions.probe = entity
      const alias = this.#alias(taken)
      return {
        table: `main.${entity} as ${alias}`,
        source: { alias, columns: [{ name: 'id', kind: 'num' }] },
      }
    }
    if (scope.ctes.length > 0 && (tables.length === 0 || random.chance(0.5))) {
      const { name, columns } = random.pick(scope.ctes)
      const alias = !isTaken(taken, name) && random.chance(0.4) ? name : this.#alias(taken)
      return { table: alias === name ? name : `${name} as ${alias}`, source: { alias, columns } }
    }
    if (tables.length > 0) return this.#table(random.pick(tables), taken)
    const alias = this.#alias(taken)
    const one = builder.selectNoFrom(eb.val(1).as('n')).as(alias)
    return { table: one, source: { alias, columns: [{ name: 'n', kind: 'num' }] } }
  }

  #table(entity: Entity, taken: readonly Source[]): { readonly table: Any; readonly source: Source } {
    const readable = new Set(this.#world.access[this.#role][entity].readable)
    const all = Object.entries(kinds[entity])
    const alias = !isTaken(taken, entity) && this.#random.chance(0.3) ? entity : this.#alias(taken)
    return {
      table: alias === entity ? `main.${entity}` : `main.${entity} as ${alias}`,
      source: {
        alias,
        columns: all.filter(([name]) => readable.has(name)).map(([name, kind]) => ({ name, kind })),
        forbidden: [
          ...all.filter(([name]) => !readable.has(name)).map(([name]) => name),
          'rowid',
          'oid',
          '_rowid_',
          'nothing',
        ],
      },
    }
  }

  /** Now and then the name of a table that it is not. */
  #alias(taken: readonly Source[]): string {
    const name = this.#random.chance(0.15) ? this.#random.pick(entities) : `t${++this.#names}`
    return isTaken(taken, name) ? `t${++this.#names}` : name
  }

  /** FROM and its joins. */
  #sourced(creator: Any, scope: Scope, few: boolean): { readonly query: Any; readonly scope: Scope } {
    const random = this.#random
    const first = this.#from(scope, [])
    let query = creator.selectFrom(first.table)
    let sources: Source[] = [first.source]
    const joins = few ? Number(random.chance(0.2)) : random.from(0, scope.depth > 0 ? 2 : 1)
    for (let at = 0; at < joins && this.#sources < mostSources; at++) {
      const { table, source } = this.#from(scope, sources)
      sources = [...sources, source]
      const inner = this.#inside(scope, sources, 1)
      const kind = random.weighted<string>([
        [5, () => 'innerJoin'],
        [4, () => 'leftJoin'],
        [1, () => 'rightJoin'],
        [0.7, () => 'fullJoin'],
        [0.5, () => 'crossJoin'],
      ])
      query =
        kind === 'crossJoin'
          ? query.crossJoin(table)
          : query[kind](table, (join: Any) => {
              const on = random.chance(0.1) ? join.onTrue() : join.on(this.#joinOn(inner, source))
              return random.chance(0.2) ? on.on(this.expressions.predicate(inner)) : on
            })
    }
    return { query, scope: this.#inside(scope, sources, scope.depth) }
  }

  #inside(scope: Scope, sources: readonly Source[], depth: number): Scope {
    const outer = scope.sources.filter(({ alias }) => !isTaken(sources, alias))
    return { ...scope, sources: [...sources, ...outer], depth }
  }

  #joinOn(scope: Scope, source: Source): Any {
    const own = source.columns.filter(({ kind }) => kind === 'num')
    const keys = ({ alias, columns }: Source) =>
      columns.filter(({ name }) => /(^i|I)d$/.test(name)).map(({ name }) => `${alias}.${name}`)
    const [ours, theirs] = [keys(source), scope.sources.filter((other) => other !== source).flatMap(keys)]
    if (ours.length > 0 && theirs.length > 0 && this.#random.chance(0.7))
      return eb(eb.ref(this.#random.pick(ours)), '=', eb.ref(this.#random.pick(theirs)))
    const left =
      own.length > 0
        ? eb.ref(`${source.alias}.${this.#random.pick(own).name}`)
        : this.expressions.number(scope)
    return eb(left, '=', this.expressions.number({ ...scope, depth: 0 }))
  }

  #filtered(query: Any, scope: Scope): Any {
    let filtered = query
    for (let count = this.#random.pick([0, 0, 1, 1, 2]); count > 0; count--)
      filtered = filtered.where(this.expressions.predicate(scope))
    return filtered
  }

  #plain(
    creator: Any,
    scope: Scope,
    options: {
      readonly wanted?: readonly Kind[]
      readonly names?: readonly string[]
      readonly few?: boolean
    },
  ): Selected {
    const random = this.#random
    const { query: sourced, scope: inside } = this.#sourced(creator, scope, options.few ?? false)
    let query = this.#filtered(sourced, inside)
    const columns: Output[] = []
    const count = options.wanted?.length ?? random.from(1, 4)
    const own = inside.sources[0] as Source
    if (!options.wanted && random.chance(0.15)) {
      columns.push(...own.columns.map((column) => ({ ...column, as: `${own.alias}.${column.name}` })))
      query =
        inside.sources.length === 1 && random.chance(0.5) ? query.selectAll() : query.selectAll(own.alias)
    }
    for (let at = 0; at < count; at++) {
      const kind =
        options.wanted?.[at] ??
        random.weighted<Kind>([
          [4, () => 'num'],
          [3, () => 'text'],
          [1, () => 'bool'],
          [1, () => 'date'],
          [1, () => 'json'],
        ])
      const plain = own.columns.filter((column) => column.kind === kind)
      if (!options.wanted && plain.length > 0 && random.chance(0.3)) {
        const { name } = random.pick(plain)
        if (columns.some((column) => column.name === name)) continue
        columns.push({ name, kind, as: `${own.alias}.${name}` })
        query = query.select(`${own.alias}.${name}`)
        continue
      }
      const name = options.names?.[at] ?? `k${++this.#names}`
      columns.push({ name, kind })
      query = query.select(this.expressions.of(kind, inside).as(name))
    }
    if (!options.wanted && random.chance(0.12)) {
      const name = `w${++this.#names}`
      columns.push({ name, kind: 'num' })
      query = query.select(this.expressions.window(inside).as(name))
    }
    if (!options.wanted && scope.sources.length === 0 && random.chance(0.1)) {
      const name = `j${++this.#names}`
      columns.push({ name, kind: 'json' })
      query = query.select(this.#helper(inside).as(name))
    }
    const isPlain = columns.every(({ kind }) => comparable.includes(kind))
    if (isPlain && random.chance(0.15)) query = query.distinct()
    return this.#limited(query, columns, isPlain && random.chance(options.few ? 0.15 : 0.35))
  }

  #helper(scope: Scope): Any {
    const inner = this.#plain(builder, { ...scope, depth: 1 }, { wanted: ['num', 'text', 'bool'], few: true })
    if (this.#random.chance(0.6)) return jsonArrayFrom(inner.query)
    const { query } = this.#limited(
      inner.query.clearOrderBy().clearLimit().clearOffset(),
      inner.columns,
      true,
    )
    return jsonObjectFrom(query.clearLimit().clearOffset().limit(1))
  }

  #limited(query: Any, columns: readonly Output[], wanted: boolean): Selected {
    if (!wanted) return { query, columns, ordered: false }
    const random = this.#random
    let limited = query
    for (const { name, as = name } of columns) {
      limited = random.weighted<Any>([
        [3, () => limited.orderBy(as)],
        [2, () => limited.orderBy(as, 'desc')],
        [1, () => limited.orderBy(as, (order: Any) => order.asc().nullsLast())],
      ])
    }
    if (random.chance(0.8)) {
      limited = limited.limit(random.from(0, 6))
      if (random.chance(0.2)) limited = limited.offset(random.below(3))
    }
    return { query: limited, columns, ordered: true }
  }

  #grouped(creator: Any, scope: Scope): Selected {
    const random = this.#random
    const { query: sourced, scope: inside } = this.#sourced(creator, scope, false)
    let query = this.#filtered(sourced, inside)
    const columns: Column[] = []
    for (let count = random.below(3); count > 0; count--) {
      const kind = random.pick(['num', 'text', 'bool'] as const)
      const expression = this.expressions.of(kind, { ...inside, depth: 0 })
      const name = `g${++this.#names}`
      columns.push({ name, kind })
      query = query.select(expression.as(name)).groupBy(random.chance(0.5) ? expression : name)
    }
    for (let count = random.from(1, 2); count > 0; count--) {
      const { expression, kind } = this.expressions.aggregate(inside)
      const name = `a${++this.#names}`
      columns.push({ name, kind })
      query = query.select(expression.as(name))
    }
    if (random.chance(0.3)) {
      const { expression } = this.expressions.aggregate(inside)
      query = query.having(expression, random.pick(['>', '<=', 'is not']), random.below(4))
    }
    return this.#limited(query, columns, random.chance(0.3))
  }

  #compound(creator: Any, scope: Scope): Selected {
    const random = this.#random
    const wanted = Array.from({ length: random.from(1, 3) }, () => random.pick(['num', 'text'] as const))
    const names = wanted.map(() => `u${++this.#names}`)
    const part = (from: Any) => {
      const { query } = this.#plain(
        from,
        { ...scope, depth: Math.min(scope.depth, 1) },
        { wanted, names, few: true },
      )
      // A part of a compound has no order of its own in SQLite.
      return query.clearOrderBy().clearLimit().clearOffset()
    }
    let query = part(creator)
    for (let count = random.from(1, 2); count > 0; count--) {
      query = query[random.pick(['union', 'unionAll', 'intersect', 'except'])](part(builder))
    }
    const columns = wanted.map((kind, at) => ({ name: names[at] as string, kind }))
    return this.#limited(query, columns, random.chance(0.4))
  }

  /** A query over a query. */
  #nested(creator: Any, scope: Scope): Selected {
    const inner = this.#whole(builder, { ...deeper(scope), depth: Math.max(0, scope.depth - 1) })
    const alias = this.#alias([])
    const source = { alias, columns: inner.columns }
    const inside = this.#inside(scope, [source], Math.min(scope.depth, 1))
    const query = this.#filtered(creator.selectFrom(inner.query.as(alias)).selectAll(), inside)
    const columns = inner.columns.map(({ name, kind }) => ({ name, kind }))
    const isPlain = inner.columns.every(({ kind }) => comparable.includes(kind))
    return this.#limited(query, columns, isPlain && this.#random.chance(0.3))
  }
}

const isTaken = (sources: readonly Source[], alias: string): boolean =>
  sources.some((source) => source.alias.toLowerCase() === alias.toLowerCase())
