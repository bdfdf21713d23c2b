/** Which live queries the changes of a group concern, and what of them. */

import type { Published } from '../call.ts'
import type { Model } from '../model.ts'
import type { Reach } from './reach.ts'
import { type RowState, rowStates } from './row-state.ts'
import type { Subscription } from './subscription.ts'
import type { WatchIndex } from './watch-index.ts'

/** The changed rows that a query has to look at; null where it has to run again. */
export type Due = Map<Subscription, readonly RowState[] | null>

export function dueOf(published: Published, index: WatchIndex, reach: Reach, model: Model): Due {
  const due: Due = new Map()
  const again = (subscriptions: Iterable<Subscription>) => {
    for (const subscription of subscriptions) due.set(subscription, null)
  }
  const { entities, unclear } = rowStates(published.changes)
  const touched = new Set([
    ...unclear,
    ...(published.touched === 'all' ? model.entities.keys() : published.touched),
  ])
  for (const name of touched) for (const further of reach.from(name)) touched.add(further)
  for (const change of published.changes) {
    for (const { entity, field, values } of reach.of(change)) {
      again(index.watching(entity.name))
      again(index.reached(entity, field, values))
      // What its rows do in turn is known to the database alone.
      for (const further of reach.from(entity.name)) touched.add(further)
    }
  }
  for (const name of touched) again(index.over(name))
  for (const [entity, states] of entities) {
    again(index.watching(entity.name))
    for (const subscription of index.open(entity)) {
      if (due.get(subscription) !== null) due.set(subscription, states)
    }
    const asked = new Map<Subscription, RowState[]>()
    for (const state of states) {
      for (const subscription of index.asking(entity, state)) {
        const list = asked.get(subscription) ?? []
        // A row that left one of a query's values for another is found under both.
        if (list.at(-1) !== state) list.push(state)
        asked.set(subscription, list)
      }
    }
    for (const [subscription, list] of asked) {
      if (due.get(subscription) !== null) due.set(subscription, list)
    }
  }
  return due
}
