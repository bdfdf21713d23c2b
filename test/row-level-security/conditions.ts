/**
 * Random row filters, written twice: in the language of the rules, and as the expression of a PostgreSQL policy. The
 * second shares nothing with the engine: instants are instants there and truths are truths, case is folded by `translate`,
 * a relation is a function that sees every row, and the caller is in settings of the session.
 */

import type { Random } from '../kysely/support/random.ts'
import { addresses, dates, type Entity, ends, entities, type Kind, kinds, steps, texts } from './tables.ts'

interface Operand {
  readonly kind: 'field' | 'variable' | 'literal' | 'null'
  readonly ours: string
  /** What kind of comparison it asks for. */
  readonly of: Kind
  readonly theirs: string
}

/** The same condition for both. */
export interface Condition {
  readonly ours: string
  readonly theirs: string
}

export const quoteName = (name: string): string => `"${name}"`
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A setting of the session; null where the caller has no such thing. */
const setting = (name: string): string => `nullif(current_setting('caller.${name}', true), '')`
const instant = (text: string): string => `(${text})::timestamptz`
export const nowSetting: string = instant(setting('now'))

const variables: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  num: ['level'],
  text: ['id', 'id', 'id', 'username', 'email', 'role'],
  folded: ['username', 'email'],
  date: ['now'],
}
const orders = ['=', '!=', '<', '<=', '>', '>='] as const
const equalities = ['=', '!='] as const

/** What only the owner of the tables may see: the other row's field, by its key. */
export const peekName = (entity: Entity, field: string): string => quoteName(`peek ${entity} ${field}`)

const columnTypes: Readonly<Record<Kind, string>> = {
  num: 'float8',
  text: 'text',
  folded: 'text',
  enum: 'text',
  bool: 'int2',
  date: 'text',
  opaque: 'text',
}

export const alive = (entity: Entity): string | undefined => {
  const field = ends[entity]
  return field && `(${quoteName(field)} is null or ${instant(quoteName(field))} > ${nowSetting})`
}

/** The functions that policies look through relations with. */
export const peeks = (): string =>
  entities
    .flatMap((entity) =>
      Object.entries(kinds[entity]).map(
        ([field, kind]) =>
          `create function ${peekName(entity, field)}(key int8) returns ${columnTypes[kind]} stable security definer
            set search_path from current language sql
            as $$ select ${quoteName(field)} from ${quoteName(entity)} where id = key and ${alive(entity) ?? 'true'} $$;`,
      ),
    )
    .join('\n')

export class ConditionMaker {
  readonly #random: Random
  readonly #entity: Entity

  constructor(random: Random, entity: Entity) {
    this.#random = random
    this.#entity = entity
  }

  condition(depth: number): Condition {
    const random = this.#random
    if (depth === 0 || random.chance(0.4)) return this.#simple()
    if (random.chance(0.25)) {
      const { ours, theirs } = this.condition(depth - 1)
      return { ours: `not (${ours})`, theirs: `not (${theirs})` }
    }
    const terms = Array.from({ length: random.from(2, 3) }, () => this.condition(depth - 1))
    const word = random.pick([' and ', ' or '])
    const joined = (side: keyof Condition) => terms.map((term) => `(${term[side]})`).join(word)
    return { ours: joined('ours'), theirs: joined('theirs') }
  }

  #simple(): Condition {
    const random = this.#random
    if (random.chance(0.12)) {
      const { ours, theirs } = this.#field(
        random.pick(['num', 'text', 'folded', 'enum', 'bool', 'date', 'opaque']),
      )
      const word = random.pick(['is null', 'is not null'])
      return { ours: `${ours} ${word}`, theirs: `(${theirs}) ${word}` }
    }
    const kind = random.weighted<Kind>([
      [4, () => 'num'],
      [4, () => 'text'],
      [2, () => 'folded'],
      [1, () => 'enum'],
      [1, () => 'bool'],
      [2, () => 'date'],
    ])
    const left = this.#operand(kind, true)
    if (random.chance(0.15)) return this.#list(kind, left)
    const isText = kind === 'text' || kind === 'folded'
    if (isText && random.chance(0.25)) return this.#like(left)
    const right = this.#operand(kind, false)
    const operator = random.pick(kind === 'bool' ? equalities : orders)
    const [one, other] = random.chance(0.2) ? [right, left] : [left, right]
    const [oneText, otherText] = compared(one, other)
    return { ours: `${one.ours} ${operator} ${other.ours}`, theirs: `${oneText} ${operator} ${otherText}` }
  }

  #list(kind: Kind, left: Operand): Condition {
    const random = this.#random
    const items = Array.from({ length: random.from(1, 3) }, () =>
      random.chance(0.1) ? nothing : this.#operand(kind, false),
    )
    const word = random.pick(['in', 'not in'])
    const [first, ...texts] = compared(left, ...items)
    return {
      ours: `${left.ours} ${word} (${items.map(({ ours }) => ours).join(', ')})`,
      theirs: `${first} ${word} (${texts.join(', ')})`,
    }
  }

  #like(left: Operand): Condition {
    const random = this.#random
    const pattern: Operand = random.chance(0.8)
      ? textLiteral(random.pick(['%a%', '_ea', 'b%', '%', 'B__', "%'%", '%\\%', 'ann', 'É_', '']))
      : this.#operand(random.pick(['text', 'folded']), false)
    const word = random.pick(['like', 'not like'])
    const [text, like] = compared(left, pattern)
    return { ours: `${left.ours} ${word} ${pattern.ours}`, theirs: `${text} ${word} ${like} escape ''` }
  }

  #operand(kind: Kind, first: boolean): Operand {
    const random = this.#random
    const names = variables[kind] ?? []
    return random.weighted<Operand>([
      [first ? 10 : 1.5, () => this.#field(kind)],
      [first ? 0.5 : 4, () => this.#literal(kind)],
      [names.length === 0 ? 0 : first ? 0.5 : 4, () => variable(kind, random.pick(names))],
      [first ? 0 : 0.2, () => nothing],
    ])
  }

  #literal(kind: Kind): Operand {
    const random = this.#random
    switch (kind) {
      case 'num': {
        const value = random.chance(0.8) ? random.below(7) : random.from(-4, 12) / 2
        return { kind: 'literal', of: 'num', ours: String(value), theirs: `(${value})` }
      }
      case 'bool': {
        const value = String(random.chance(0.5))
        return { kind: 'literal', of: 'bool', ours: value, theirs: value }
      }
      case 'enum':
        return textLiteral(random.pick(['cat', 'dog', 'eel']))
      case 'date': {
        const text = quoteText(random.pick(dates))
        return { kind: 'literal', of: 'date', ours: text, theirs: instant(text) }
      }
      default:
        return textLiteral(random.pick(kind === 'folded' ? [...texts, ...addresses] : texts))
    }
  }

  /** Of the row itself, or of the row that its relation leads to. */
  #field(kind: Kind): Operand {
    const random = this.#random
    const step = random.chance(0.35) ? steps[this.#entity] : undefined
    const found = fieldsOf(step ? step.entity : this.#entity, kind)
    const own = fieldsOf(this.#entity, kind)
    if (found.length === 0 && own.length === 0) return this.#literal(kind)
    if (step && found.length > 0) {
      const field = random.pick(found)
      const column = `${peekName(step.entity, field)}(${quoteName(step.key)})`
      return {
        kind: 'field',
        of: kind,
        ours: `${step.name}.${written(random, field)}`,
        theirs: read(kind, column),
      }
    }
    if (own.length === 0) return this.#literal(kind)
    const field = random.pick(own)
    return { kind: 'field', of: kind, ours: written(random, field), theirs: read(kind, quoteName(field)) }
  }
}

const fieldsOf = (entity: Entity, kind: Kind): string[] =>
  Object.keys(kinds[entity]).filter((field) => kinds[entity][field] === kind)

/** `order` and `kind` are no words of the language; names may stand in quotes. */
const written = (random: Random, field: string): string => (random.chance(0.3) ? quoteName(field) : field)

const read = (kind: Kind, column: string): string => {
  if (kind === 'bool') return `(${column} = 1)`
  return kind === 'date' ? instant(column) : column
}

const nothing: Operand = { kind: 'null', of: 'opaque', ours: 'null', theirs: 'null' }

const textLiteral = (text: string): Operand => ({
  kind: 'literal',
  of: 'text',
  ours: quoteText(text),
  theirs: `${quoteText(text)}::text`,
})

function variable(kind: Kind, name: string): Operand {
  const text = setting(name)
  const theirs = kind === 'num' ? `(${text})::int4` : kind === 'date' ? instant(text) : text
  return {
    kind: 'variable',
    of: kind === 'folded' ? 'text' : kind,
    ours: name === 'now' ? '$now' : `$user.${name}`,
    theirs,
  }
}

/** Text by code point; where a field among them does not regard case, none does. */
function compared(...operands: readonly Operand[]): string[] {
  const textual = operands.some(({ of }) => of === 'text' || of === 'folded' || of === 'enum')
  const folded = operands.some(({ kind, of }) => kind === 'field' && of === 'folded')
  return operands.map(({ theirs }) => (textual ? asText(theirs, folded) : theirs))
}

export const asText = (text: string, folded: boolean): string =>
  folded
    ? `(translate((${text})::text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') collate "C")`
    : `((${text})::text collate "C")`
