/** Random filter objects, lists, counts and aggregates of the client, and the same as text for PostgreSQL. */

import type { Random } from '../kysely/support/random.ts'
import type { Any } from '../kysely/support/scope.ts'
import { asText, quoteName, quoteText } from './conditions.ts'
import { addresses, dates, type Entity, entities, type Kind, kinds, lists, steps, texts } from './tables.ts'

export interface Call {
  /** The call of our client. */
  run(entity: Any): Promise<readonly object[]>
  readonly entity: Entity
  readonly theirs: string
  readonly ordered: boolean
  readonly entities: ReadonlySet<Entity>
}

interface Filter {
  readonly ours: object
  readonly theirs: string
}

const signs = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

export class FilterMaker {
  readonly #random: Random
  /** The entities that it names. */
  readonly named = new Set<Entity>()
  #aliases = 0

  constructor(random: Random) {
    this.#random = random
  }

  call(): Call {
    const random = this.#random
    const entity = random.pick(entities)
    this.named.add(entity)
    const filter = this.filter(entity, 't', 2)
    const from = `from ${quoteName(entity)} as t where ${filter.theirs}`
    const call = { entity, entities: this.named }
    return random.weighted<Call>([
      [5, () => ({ ...call, ...this.#list(entity, filter, from) })],
      [
        1,
        () => ({
          ...call,
          run: async (of: Any) => [{ n: await of.count(filter.ours) }],
          theirs: `select count(*) as n ${from}`,
          ordered: false,
        }),
      ],
      [2, () => ({ ...call, ...this.#aggregate(entity, filter, from) })],
    ])
  }

  #list(entity: Entity, filter: Filter, from: string): Pick<Call, 'run' | 'theirs' | 'ordered'> {
    const random = this.#random
    const select = Object.keys(kinds[entity]).filter((name) => name === 'id' || random.chance(0.5))
    const items = select.map((name) => `t.${quoteName(name)}`)
    const include: Record<string, object> = {}
    const step = steps[entity]
    if (step && random.chance(0.3)) {
      this.named.add(step.entity)
      include[step.name] = { select: ['id'] }
      const id = `(select json_build_object('id', o.id) from ${quoteName(step.entity)} as o where o.id = t.${quoteName(step.key)})`
      items.push(`${id} as ${quoteName(step.name)}`)
    }
    const list = lists[entity]
    if (list && random.chance(0.3)) {
      this.named.add(list.entity)
      const inner = this.filter(list.entity, 'm', 1)
      include[list.name] = { select: ['id'], filter: inner.ours }
      const all = `(select coalesce(json_agg(json_build_object('id', m.id)), '[]') from ${quoteName(list.entity)} as m
        where m.${quoteName(list.key)} = t.id and ${inner.theirs})`
      items.push(`${all} as ${quoteName(list.name)}`)
    }
    const [field, down] = [random.pick(Object.keys(kinds[entity])), random.chance(0.5)]
    const isSorted = kinds[entity][field] !== 'opaque' && kinds[entity][field] !== 'folded'
    const limit = random.from(1, 30)
    const options = {
      filter: filter.ours,
      select,
      limit,
      ...(Object.keys(include).length > 0 && { include }),
      ...(isSorted && { sort: { [field]: down ? 'desc' : 'asc' } }),
    }
    const key = isSorted ? `t.${quoteName(field)} ${down ? 'desc nulls last' : 'asc nulls first'}, ` : ''
    return {
      run: async (of) => (await of.list(options)).data,
      theirs: `select ${items.join(', ')} ${from} order by ${key}t.id limit ${limit}`,
      ordered: true,
    }
  }

  #aggregate(entity: Entity, filter: Filter, from: string): Pick<Call, 'run' | 'theirs' | 'ordered'> {
    const random = this.#random
    const fields = Object.keys(kinds[entity])
    const numbers = fields.filter((name) => kinds[entity][name] === 'num')
    const groupable = fields.filter((name) => /^(num|text|enum|bool|date)$/.test(kinds[entity][name] as Kind))
    const groupBy = random.chance(0.6) ? [random.pick(groupable)] : []
    const [sum, least] = [random.pick(numbers), random.pick(numbers)]
    const items = [
      ...groupBy.map((name) => `t.${quoteName(name)}`),
      'count(*) as count',
      `json_build_object('${sum}', sum(t.${quoteName(sum)})) as sum`,
      `json_build_object('${least}', min(t.${quoteName(least)})) as min`,
    ]
    const groups = groupBy.length > 0 ? ` group by t.${quoteName(groupBy[0] as string)}` : ''
    return {
      run: (of) =>
        of.aggregate({
          filter: filter.ours,
          count: true,
          sum: [sum],
          min: [least],
          ...(groups && { groupBy }),
        }),
      theirs: `select ${items.join(', ')} ${from}${groups}`,
      ordered: false,
    }
  }

  /** Two-valued: what is unknown finds nothing. Never without a condition. */
  filter(entity: Entity, alias: string, depth: number): Filter {
    const random = this.#random
    if (depth > 0 && random.chance(0.2)) {
      const word = random.pick(['and', 'or'])
      const parts = [this.filter(entity, alias, depth - 1), this.filter(entity, alias, depth - 1)]
      return {
        ours: { [word]: parts.map(({ ours }) => ours) },
        theirs: `(${parts.map(({ theirs }) => theirs).join(` ${word} `)})`,
      }
    }
    if (depth > 0 && random.chance(0.12)) {
      const { ours, theirs } = this.filter(entity, alias, depth - 1)
      return { ours: { not: ours }, theirs: `(not ${theirs})` }
    }
    if (depth > 0 && random.chance(0.25)) {
      const related = this.#related(entity, alias, depth)
      if (related) return related
    }
    return this.#field(entity, alias)
  }

  #related(entity: Entity, alias: string, depth: number): Filter | undefined {
    const random = this.#random
    const isList = random.chance(0.5)
    const step = isList ? lists[entity] : steps[entity]
    if (!step) return undefined
    this.named.add(step.entity)
    const other = `r${++this.#aliases}`
    const joined = isList
      ? `${other}.${quoteName(step.key)} = ${alias}.id`
      : `${other}.id = ${alias}.${quoteName(step.key)}`
    const exists = (condition: string) =>
      `exists (select 1 from ${quoteName(step.entity)} as ${other} where ${joined} and ${condition})`
    if (!isList && random.chance(0.25))
      return { ours: { [step.name]: null }, theirs: `(not ${exists('true')})` }
    const { ours, theirs } = this.filter(step.entity, other, depth - 1)
    if (!isList) return { ours: { [step.name]: ours }, theirs: exists(theirs) }
    const word = random.pick(['some', 'none', 'every'])
    const text =
      word === 'some'
        ? exists(theirs)
        : `(not ${exists(word === 'none' ? theirs : `(${theirs}) is not true`)})`
    return { ours: { [step.name]: { [word]: ours } }, theirs: text }
  }

  #field(entity: Entity, alias: string): Filter {
    const random = this.#random
    const name = random.pick(Object.keys(kinds[entity]))
    const kind = kinds[entity][name] as Kind
    const column = `${alias}.${quoteName(name)}`
    const asked = (ours: unknown, theirs: string): Filter => ({
      ours: { [name]: ours },
      theirs: `(${theirs})`,
    })
    if (kind === 'opaque' || random.chance(0.12)) {
      const isNull = random.chance(0.5)
      return asked(
        random.chance(0.5) && isNull ? null : { isNull },
        `${column} is ${isNull ? '' : 'not '}null`,
      )
    }
    const folded = kind === 'folded'
    const texted = (text: string) => (kind === 'text' || folded ? asText(text, folded) : text)
    const value = this.#value(name, kind)
    if (random.chance(0.15)) {
      const values = [value, this.#value(name, kind)]
      const word = random.pick(['in', 'notIn'])
      const items = values.map(({ theirs }) => texted(theirs)).join(', ')
      return asked(
        { [word]: values.map(({ ours }) => ours) },
        `${texted(column)} ${word === 'in' ? 'in' : 'not in'} (${items})`,
      )
    }
    if ((kind === 'text' || folded) && random.chance(0.35)) {
      const word = random.pick(['like', 'ilike', 'contains', 'startsWith', 'endsWith'])
      const part = random.pick(['a', 'An', 'é', '%', "'", 'com', '_', ''])
      const pattern = word.endsWith('like') ? random.pick(['%a%', '_ea', 'B%', '%']) : part
      const [left, right] = [column, quoteText(pattern)].map((text) =>
        asText(text, folded || word === 'ilike'),
      )
      const size = pattern.length
      const tests: Record<string, string> = {
        contains: `strpos(${left}, ${right}) > 0`,
        startsWith: `left(${left}, ${size}) = ${right}`,
        endsWith: `right(${left}, ${size}) = ${right}`,
      }
      return asked({ [word]: pattern }, tests[word] ?? `${left} like ${right} escape ''`)
    }
    if (kind === 'num' && random.chance(0.15)) {
      const [from, to] = [random.below(4), random.from(2, 6)]
      return asked({ between: [from, to] }, `${column} between ${from} and ${to}`)
    }
    const sign = random.pick(
      kind === 'bool' || kind === 'enum'
        ? (['eq', 'ne'] as const)
        : (Object.keys(signs) as (keyof typeof signs)[]),
    )
    const ours = sign === 'eq' && random.chance(0.5) ? value.ours : { [sign]: value.ours }
    const left = kind === 'date' ? `(${column})::timestamptz` : texted(column)
    return asked(ours, `${left} ${signs[sign]} ${texted(value.theirs)}`)
  }

  #value(name: string, kind: Kind): { readonly ours: unknown; readonly theirs: string } {
    const random = this.#random
    switch (kind) {
      case 'num': {
        const value = name === 'score' ? random.from(-4, 12) / 2 : random.below(7)
        return { ours: value, theirs: `(${value})` }
      }
      case 'bool': {
        const value = random.chance(0.5)
        return { ours: value, theirs: String(Number(value)) }
      }
      case 'date': {
        const value = random.pick(dates)
        return { ours: value, theirs: `${quoteText(value)}` }
      }
      case 'enum': {
        const value = random.pick(['cat', 'dog', 'eel'])
        return { ours: value, theirs: quoteText(value) }
      }
      default: {
        const value = random.pick([...texts, ...addresses])
        return { ours: value, theirs: quoteText(value) }
      }
    }
  }
}
