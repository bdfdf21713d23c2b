/** What a group did to rows, told once a row however often it was written. */

import type { Row } from '../../protocol/rows.ts'
import type { ChangedElsewhere, RowChange } from '../call.ts'
import type { EntityModel } from '../model.ts'
import { keyOf } from './key.ts'

export interface RowState {
  readonly key: string
  readonly id: unknown
  /** The group has made it, or has given it its key. */
  isNew: boolean
  /** The row as it is now; null where it is gone. */
  after: Row | null
  /** Every image that the group has of it: what matched none of them before and after is none of a query's business. */
  readonly images: Row[]
  /** Another process has written it, so that not every image is in hand. */
  readonly isPartial?: boolean
}

export interface RowStates {
  readonly entities: ReadonlyMap<EntityModel, readonly RowState[]>
  /** Entities of changes whose images lack a field: what they did is not to be told from them. */
  readonly unclear: ReadonlySet<string>
}

export function rowStates(changes: readonly RowChange[]): RowStates {
  const entities = new Map<EntityModel, Map<string, RowState>>()
  const unclear = new Set<string>()
  for (const { entity, before, after } of changes) {
    if (!isWhole(entity, before) || !isWhole(entity, after)) {
      unclear.add(entity.name)
      continue
    }
    let states = entities.get(entity)
    if (!states) {
      states = new Map()
      entities.set(entity, states)
    }
    const to = after && stateOf(states, entity, after)
    const from = before && stateOf(states, entity, before)
    // A key that was changed is a row that went and one that came.
    if (from && from !== to) note(from, null, before, after)
    if (to) {
      if (from !== to) to.isNew = true
      note(to, after, before, after)
    }
  }
  const lists = new Map<EntityModel, readonly RowState[]>()
  for (const [entity, states] of entities) lists.set(entity, [...states.values()])
  return { entities: lists, unclear }
}

export function stateElsewhere({ entity, id, after }: ChangedElsewhere): RowState {
  const key = keyOf(after ? entity.idOf(after) : id)
  // As a new one: what of it has changed is not known.
  return { key, id, isNew: true, after, images: after ? [after] : [], isPartial: true }
}

function note(state: RowState, now: Row | null, before: Row | null, after: Row | null): void {
  state.after = now
  if (before) state.images.push(before)
  if (after) state.images.push(after)
}

function isWhole({ fields }: EntityModel, row: Row | null): boolean {
  if (row === null) return true
  for (const { name } of fields) if (!Object.hasOwn(row, name)) return false
  return true
}

function stateOf(states: Map<string, RowState>, entity: EntityModel, row: Row): RowState {
  const id = entity.idOf(row)
  const key = keyOf(id)
  const known = states.get(key)
  if (known) return known
  const state: RowState = { key, id, isNew: false, after: null, images: [] }
  states.set(key, state)
  return state
}
