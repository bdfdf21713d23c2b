/**
 * Finds the subscriptions that a change can concern without looking at the others: by entity, and where a query asks for
 * a value of a field (an id, a page's components) by that value.
 */

import type { Row } from '../../protocol/rows.ts'
import type { RowChange } from '../call.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { equalityKey } from '../values/equality-key.ts'
import type { RowState } from './row-state.ts'
import type { Watcher } from './watcher.ts'

interface EntityWatch<W> {
  /** Those whose rows can be any of the entity's. */
  readonly open: Set<W>
  readonly byField: Map<FieldModel, Map<string, Set<W>>>
}

export class WatchIndex<W extends Watcher> {
  readonly #entities = new Map<string, EntityWatch<W>>()
  /** Those that run again when anything of the entity changes. */
  readonly #watchers = new Map<string, Set<W>>()
  /** Those that run again when anything changes. */
  readonly #restless = new Set<W>()

  add(subscription: W): void {
    for (const set of this.#setsOf(subscription)) set.add(subscription)
  }

  delete(subscription: W): void {
    for (const set of this.#setsOf(subscription)) set.delete(subscription)
    this.#prune(subscription)
  }

  /** Whether anybody's result has to do with rows of the entity. */
  isWatched(entity: string): boolean {
    return !this.over(entity)[Symbol.iterator]().next().done
  }

  /** Those that any change of the entity makes run again. */
  watching(entity: string): Iterable<W> {
    const watchers = this.#watchers.get(entity)
    if (!watchers) return this.#restless
    return this.#restless.size === 0 ? watchers : [...this.#restless, ...watchers]
  }

  /** Those over the entity, whatever they ask for. */
  *over(entity: string): Iterable<W> {
    yield* this.watching(entity)
    yield* this.showing(entity)
  }

  /** Those whose rows are the entity's; some may be told twice. */
  *showing(entity: string): Iterable<W> {
    const watch = this.#entities.get(entity)
    if (!watch) return
    yield* watch.open
    for (const values of watch.byField.values()) for (const set of values.values()) yield* set
  }

  /** Whether any change of the entity makes somebody run again. */
  isWatching(entity: string): boolean {
    return this.#restless.size > 0 || (this.#watchers.get(entity)?.size ?? 0) > 0
  }

  /** False where no query over the entity can show the row, before the change or after it. */
  isWanted({ entity, before, after }: RowChange): boolean {
    const watch = this.#entities.get(entity.name)
    if (!watch) return false
    if (watch.open.size > 0) return true
    for (const [field, values] of watch.byField) {
      if (before && isAsked(field, before, values)) return true
      // Mostly the field has not changed.
      if (after && before?.[field.name] !== after[field.name] && isAsked(field, after, values)) return true
    }
    return false
  }

  /** Those over the entity that ask for no value in particular. */
  open(entity: EntityModel): Iterable<W> {
    return this.#entities.get(entity.name)?.open ?? []
  }

  /** Those that ask for a value that the row has or had; some may be told twice. */
  asking(entity: EntityModel, { images }: RowState): readonly W[] {
    const found: W[] = []
    const watch = this.#entities.get(entity.name)
    if (!watch) return found
    for (const [field, values] of watch.byField) {
      let last: string | null = null
      for (const image of images) {
        const key = valueKey(field, image[field.name])
        if (key === null || key === last) continue
        last = key
        for (const subscription of values.get(key) ?? []) found.push(subscription)
      }
    }
    return found
  }

  /** Those over the entity that can show rows with one of these values in the field. */
  *reached(entity: EntityModel, field: FieldModel, values: readonly unknown[]): Iterable<W> {
    const watch = this.#entities.get(entity.name)
    if (!watch) return
    yield* watch.open
    const wanted = new Set(values.map((value) => valueKey(field, value)))
    for (const [indexed, byValue] of watch.byField) {
      for (const [key, set] of byValue) if (indexed !== field || wanted.has(key)) yield* set
    }
  }

  #setsOf({ source }: W): readonly Set<W>[] {
    if (source.watches === null) return [this.#restless]
    const sets = [...source.watches].map((name) => entryOf(this.#watchers, name, () => new Set<W>()))
    const { rows } = source
    if (!rows) return sets
    const watch = entryOf(
      this.#entities,
      rows.entity,
      (): EntityWatch<W> => ({ open: new Set(), byField: new Map() }),
    )
    if (!rows.equality) return [...sets, watch.open]
    const { field, keys } = rows.equality
    const values = entryOf(watch.byField, field, () => new Map<string, Set<W>>())
    return [...sets, ...keys.map((key) => entryOf(values, bare(key), () => new Set<W>()))]
  }

  /** Values come and go with the queries that ask for them. */
  #prune({ source: { rows } }: W): void {
    if (!rows?.equality) return
    const { field, keys } = rows.equality
    const byField = this.#entities.get(rows.entity)?.byField
    const values = byField?.get(field)
    for (const key of keys) if (values?.get(bare(key))?.size === 0) values.delete(bare(key))
    if (values?.size === 0) byField?.delete(field)
  }
}

function isAsked(field: FieldModel, row: Row, values: ReadonlyMap<string, unknown>): boolean {
  const value = row[field.name]
  // An image without the field says nothing: anybody may be concerned.
  if (value === undefined) return true
  const key = valueKey(field, value)
  return key !== null && values.has(key)
}

/**
 * As `equalityKey`, without its mark in front of a text: every write asks for one, and a text of its own would have to be
 * made and hashed. That a number can so be taken for a text costs a look.
 */
function valueKey(field: FieldModel, value: unknown): string | null {
  if (typeof value === 'string' && !field.data.caseInsensitive) return value
  const key = equalityKey(field.data, value)
  return key && bare(key)
}

const bare = (key: string): string => (key.startsWith('s') ? key.slice(1) : key)

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
