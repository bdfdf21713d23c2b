/** Random INSERT, UPDATE and DELETE, with what they must come to: worked out by hand from rules and rows. */

import { passes } from './conditions.ts'
import { Expressions, eb } from './expressions.ts'
import { allows, Oracle, opens } from './oracle.ts'
import type { Random } from './random.ts'
import { type Any, builder, type Scope } from './scope.ts'
import { SelectMaker } from './selects.ts'
import {
  type Entity,
  entities,
  type Kind,
  kinds,
  type Operation,
  type RoleName,
  type Row,
  randomValue,
  relations,
  type World,
} from './world.ts'

export type Expected =
  | { readonly outcome: 'refused' }
  | {
      readonly outcome: 'done'
      readonly affected: number
      readonly returned: readonly Row[] | undefined
      readonly rows: World['rows']
      /** A row that came back may not be readable any more: then refusing the whole is right as well. */
      readonly mayBeRefused: boolean
    }

export interface Write {
  readonly query: Any
  readonly expected: Expected
}

const refused: Expected = { outcome: 'refused' }
const defaults: Readonly<Record<Entity, Row>> = {
  Person: { score: null, isActive: true, born: null, info: {}, managerId: null, pin: null },
  Pet: { ownerId: null, kind: 'cat', weight: null, tags: [], secret: null },
  Toy: { petId: null, price: null, isLost: false, order: 0, note: null },
}
const requiredFields: Readonly<Record<Entity, readonly string[]>> = {
  Person: ['id', 'name', 'level'],
  Pet: ['id', 'name'],
  Toy: ['id', 'name'],
}

export class WriteMaker {
  readonly #random: Random
  readonly #world: World
  readonly #role: RoleName
  readonly #entity: Entity

  constructor(random: Random, world: World, role: RoleName) {
    this.#random = random
    this.#world = world
    this.#role = role
    this.#entity = random.pick(entities)
  }

  /** @returns undefined when the role has no business with the entity */
  make(): Write | undefined {
    if (!allows(this.#world, this.#role, 'read', this.#entity)) return undefined
    return this.#random.weighted([
      [3, () => this.#update()],
      [2, () => this.#delete()],
      [2, () => this.#insert()],
      [1, () => this.#insertSelect()],
      [1.5, () => this.#upsert()],
    ])
  }

  get #access() {
    return this.#world.access[this.#role][this.#entity]
  }

  get #rows(): readonly Row[] {
    return this.#world.rows[this.#entity]
  }

  #opens(operation: Operation, row: Row): boolean {
    return opens(this.#world, this.#role, operation, this.#entity, row)
  }

  /** Whether the row may be as a write leaves it. */
  #leaves(operation: Operation, row: Row): boolean {
    const { rules } = this.#access
    const viewer = { rows: this.#world.rows, role: this.#role }
    return rules.some(
      ({ operations, filter, check }) =>
        operations.includes(operation) && passes(check ?? filter, this.#entity, row, viewer),
    )
  }

  #readable(row: Row): Row {
    return Object.fromEntries(this.#access.readable.map((name) => [name, row[name]]))
  }

  #target(): Scope {
    const columns = this.#access.readable.map((name) => ({ name, kind: kinds[this.#entity][name] as Kind }))
    return { sources: [{ alias: this.#entity, columns }], ctes: [], taken: [], depth: 2 }
  }

  #expressions(): Expressions {
    const inner = new SelectMaker(this.#random, this.#world, this.#role)
    return new Expressions(this.#random, false, (scope, wanted) => inner.subquery(scope, wanted))
  }

  #conditions(): Any[] {
    const expressions = this.#expressions()
    return Array.from({ length: this.#random.from(1, 2) }, () =>
      this.#random.chance(0.4)
        ? eb(eb.ref(`${this.#entity}.id`), this.#random.pick(['<', '=', '>=']), this.#random.from(1, 9))
        : expressions.predicate(this.#target()),
    )
  }

  /** What the oracle finds in the rows that pass the conditions. */
  #find(conditions: readonly Any[], selected: Readonly<Record<string, Any>>): Row[] {
    let query: Any = builder.selectFrom(`main.${this.#entity}`).select(`${this.#entity}.id as id`)
    for (const [name, expression] of Object.entries(selected)) query = query.select(expression.as(name))
    for (const condition of conditions) query = query.where(condition)
    const oracle = new Oracle(this.#world, this.#role)
    try {
      return oracle.run(query.compile())
    } finally {
      oracle.close()
    }
  }

  #returning(query: Any): { readonly query: Any; readonly pick: ((row: Row) => Row) | undefined } {
    if (this.#random.chance(0.5)) return { query, pick: undefined }
    if (this.#random.chance(0.3)) return { query: query.returningAll(), pick: (row) => this.#readable(row) }
    const { readable } = this.#access
    const names = ['id', this.#random.pick(readable.filter((name) => name !== 'id').concat('id'))]
    const unique = [...new Set(names)]
    return {
      query: query.returning(unique),
      pick: (row) => Object.fromEntries(unique.map((name) => [name, row[name]])),
    }
  }

  #done(rows: readonly Row[], affected: readonly Row[], pick: ((row: Row) => Row) | undefined): Expected {
    return {
      outcome: 'done',
      affected: affected.length,
      returned: pick && affected.map(pick),
      rows: { ...this.#world.rows, [this.#entity]: rows },
      mayBeRefused:
        pick !== undefined &&
        !affected.every((row) =>
          this.#access.rules.some(
            ({ operations, filter }) =>
              operations.includes('read') &&
              passes(filter, this.#entity, row, { rows: this.#world.rows, role: this.#role }),
          ),
        ),
    }
  }

  #delete(): Write {
    const conditions = this.#conditions()
    let query: Any = builder.deleteFrom(`main.${this.#entity}`)
    for (const condition of conditions) query = query.where(condition)
    const { query: whole, pick } = this.#returning(query)
    if (!allows(this.#world, this.#role, 'delete', this.#entity)) return { query: whole, expected: refused }
    const found = new Set(this.#find(conditions, {}).map(({ id }) => id))
    const gone = this.#rows.filter((row) => found.has(row['id']) && this.#opens('delete', row))
    const ids = new Set(gone.map(({ id }) => id))
    const left = this.#rows.filter(({ id }) => !ids.has(id))
    const done = this.#done(left, gone, pick)
    return {
      query: whole,
      expected: { ...done, mayBeRefused: false, rows: this.#orphaned(left, ids) } as Expected,
    }
  }

  /** References to rows that are gone become null, hidden rows or not. */
  #orphaned(left: readonly Row[], gone: ReadonlySet<unknown>): World['rows'] {
    const rows = { ...this.#world.rows, [this.#entity]: left }
    for (const entity of entities) {
      const relation = relations[entity]
      if (relation?.entity !== this.#entity) continue
      rows[entity] = rows[entity].map((row) =>
        gone.has(row[relation.field]) ? { ...row, [relation.field]: null } : row,
      )
    }
    return rows as World['rows']
  }

  /** A new value for a field, as an expression over the row. */
  #newValue(field: string): Any {
    const kind = kinds[this.#entity][field] as Kind
    const scope = this.#target()
    const own = eb.ref(`${this.#entity}.${field}`)
    const readable = this.#access.readable.includes(field)
    if (readable && field !== 'kind' && this.#random.chance(0.3)) {
      if (kind === 'num') return eb(own, '+', eb.val(1))
      if (kind === 'text')
        return eb.fn.coalesce(this.#expressions().text({ ...scope, depth: 1 }), eb.val('new'))
    }
    return eb.val(randomValue(this.#random, this.#entity, field))
  }

  #update(): Write {
    const fields = Object.keys(kinds[this.#entity]).filter(
      (name) => name !== 'id' && !/Id$|pin|secret/.test(name),
    )
    const chosen = [...new Set([this.#random.pick(fields), this.#random.pick(fields)])]
    const set = Object.fromEntries(chosen.map((field) => [field, this.#newValue(field)]))
    const conditions = this.#conditions()
    let query: Any = builder.updateTable(`main.${this.#entity}`).set(set)
    for (const condition of conditions) query = query.where(condition)
    const { query: whole, pick } = this.#returning(query)
    if (
      !allows(this.#world, this.#role, 'update', this.#entity) ||
      !chosen.every((field) => this.#access.writable.includes(field))
    )
      return { query: whole, expected: refused }
    const selected = Object.fromEntries(chosen.map((field) => [`new_${field}`, set[field]]))
    const found = new Map(this.#find(conditions, selected).map((row) => [row['id'], row]))
    const changed: Row[] = []
    let isRefused = false
    const rows = this.#rows.map((row) => {
      const values = found.get(row['id'])
      if (!values || !this.#opens('update', row)) return row
      const after = {
        ...row,
        ...Object.fromEntries(chosen.map((field) => [field, this.#decoded(field, values)])),
      }
      if (!isSame(row, after) && !this.#leaves('update', after)) isRefused = true
      changed.push(after)
      return after
    })
    return { query: whole, expected: isRefused ? refused : this.#done(rows, changed, pick) }
  }

  /** SQLite knows no booleans and no json. */
  #decoded(field: string, values: Row): unknown {
    const value = values[`new_${field}`]
    const kind = kinds[this.#entity][field]
    if (value === null) return null
    return kind === 'bool' ? Boolean(value) : kind === 'json' ? JSON.parse(String(value)) : value
  }

  #newRow(id: number): Record<string, unknown> {
    const optional = Object.keys(defaults[this.#entity]).filter((name) => !/pin|secret/.test(name))
    const row: Record<string, unknown> = { id }
    for (const field of requiredFields[this.#entity]) {
      if (field !== 'id') row[field] = randomValue(this.#random, this.#entity, field)
    }
    for (const field of this.#random.some(optional, 0.4))
      row[field] = randomValue(this.#random, this.#entity, field)
    const relation = relations[this.#entity]
    // A parent that is hidden must not be told from one that is not there: only visible ones are referred to.
    if (relation && relation.field in row) row[relation.field] = this.#visibleParent(relation.entity)
    return row
  }

  #visibleParent(entity: Entity): unknown {
    const visible = this.#world.rows[entity].filter((row) =>
      opens(this.#world, this.#role, 'read', entity, row),
    )
    return visible.length > 0 ? this.#random.pick(visible)['id'] : null
  }

  #insert(): Write {
    const first = this.#newRow(this.#freeId())
    const rows = [first]
    // Of the same columns: a row that lacks one is a case of its own.
    if (this.#random.chance(0.3)) {
      const more = { ...first, id: (first['id'] as number) + 1 }
      rows.push({ ...more, name: randomValue(this.#random, this.#entity, 'name') })
    }
    const { query, pick } = this.#returning(builder.insertInto(`main.${this.#entity}`).values(rows))
    return { query, expected: this.#inserted(rows, pick) }
  }

  #freeId(): number {
    // Now and then one that is taken, by a row that may be hidden.
    if (this.#random.chance(0.15) && this.#rows.length > 0)
      return this.#random.pick(this.#rows)['id'] as number
    return 1 + Math.max(0, ...this.#rows.map(({ id }) => id as number))
  }

  #inserted(given: readonly Row[], pick: ((row: Row) => Row) | undefined): Expected {
    if (!given.every((row) => this.#mayCreate(row))) return refused
    const rows = given.map((row): Row => ({ ...defaults[this.#entity], ...row }))
    const ids = new Set(this.#rows.map(({ id }) => id))
    for (const row of rows) {
      if (ids.has(row['id']) || !this.#leaves('create', row)) return refused
      ids.add(row['id'])
    }
    return this.#done([...this.#rows, ...rows], rows, pick)
  }

  #insertSelect(): Write {
    const required = requiredFields[this.#entity]
    const conditions = this.#conditions()
    const selected: Record<string, Any> = {
      id: eb(eb.ref(`${this.#entity}.id`), '+', eb.val(1_000 * this.#random.from(1, 40))),
      name: eb.val(randomValue(this.#random, this.#entity, 'name')),
    }
    if (required.includes('level')) selected['level'] = eb.val(this.#random.below(7))
    let source: Any = builder.selectFrom(`main.${this.#entity}`)
    for (const [name, expression] of Object.entries(selected)) source = source.select(expression.as(name))
    for (const condition of conditions) source = source.where(condition)
    const { query, pick } = this.#returning(
      builder.insertInto(`main.${this.#entity}`).columns(Object.keys(selected)).expression(source),
    )
    const { id, ...rest } = selected
    const found = this.#find(conditions, { newId: id, ...rest })
    const given = found.map(({ id: _, newId, ...row }) => ({ ...row, id: newId }))
    if (given.length === 0) {
      return { query, expected: this.#mayCreate(selected) ? this.#done(this.#rows, [], pick) : refused }
    }
    return { query, expected: this.#inserted(given, pick) }
  }

  /** Whether the role may create rows at all, and these fields of them. */
  #mayCreate(row: Row): boolean {
    return (
      allows(this.#world, this.#role, 'create', this.#entity) &&
      Object.keys(row).every((field) => this.#access.writable.includes(field))
    )
  }

  /** A row that may not be created is refused even where it would be skipped or become an update. */
  #mayPropose(row: Row): boolean {
    return this.#mayCreate(row) && this.#leaves('create', { ...defaults[this.#entity], ...row })
  }

  /** `on conflict (id)`, over rows that are visible, hidden, or not there. */
  #upsert(): Write {
    const row = this.#newRow(
      this.#random.chance(0.6)
        ? (this.#random.pick([...this.#rows, { id: 1 }])['id'] as number)
        : this.#freeId(),
    )
    const insert = builder.insertInto(`main.${this.#entity}`).values(row)
    const existing = this.#rows.find(({ id }) => id === row['id'])
    if (this.#random.chance(0.4)) {
      const { query, pick } = this.#returning(insert.onConflict((oc: Any) => oc.column('id').doNothing()))
      const expected = this.#inserted([row], pick)
      if (!existing) return { query, expected }
      return { query, expected: this.#mayPropose(row) ? this.#done(this.#rows, [], pick) : refused }
    }
    const { query, pick } = this.#returning(
      insert.onConflict((oc: Any) => oc.column('id').doUpdateSet({ name: eb.ref('excluded.name') })),
    )
    if (!existing) {
      const expected = this.#inserted([row], pick)
      // The update that is not needed may still be one that the role may not make.
      const may =
        allows(this.#world, this.#role, 'update', this.#entity) && this.#access.writable.includes('name')
      return { query, expected: may ? expected : ({ ...expected, mayBeRefused: true } as Expected) }
    }
    const after = { ...existing, name: row['name'] }
    const may =
      this.#mayPropose(row) &&
      allows(this.#world, this.#role, 'update', this.#entity) &&
      this.#opens('read', existing) &&
      this.#opens('update', existing) &&
      (isSame(existing, after) || this.#leaves('update', after))
    if (!may) return { query, expected: refused }
    const rows = this.#rows.map((one) => (one === existing ? after : one))
    return { query, expected: this.#done(rows, [after], pick) }
  }
}

/** What changes nothing is not checked: it leaves what was there. */
const isSame = (before: Row, after: Row): boolean => JSON.stringify(before) === JSON.stringify(after)
