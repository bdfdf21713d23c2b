/** Which live queries the changes of a group concern, and what of them. */

import type { Published, RowChange } from '../call.ts'
import type { EntityModel, Model } from '../model.ts'
import type { Reach } from './reach.ts'
import { type RowState, rowStates, stateElsewhere } from './row-state.ts'
import type { WatchIndex } from './watch-index.ts'
import type { Watcher } from './watcher.ts'

/** The changed rows that a query has to look at; null where it has to run again. */
export type Due<W> = Map<W, readonly RowState[] | null>

/** @param now the instant that rules see */
export function dueOf<W extends Watcher>(
  published: Published,
  now: () => string,
  index: WatchIndex<W>,
  reach: Reach,
  model: Model,
): Due<W> {
  const due: Due<W> = new Map()
  const again = (subscriptions: Iterable<W>) => {
    for (const subscription of subscriptions) due.set(subscription, null)
  }
  const wanted: RowChange[] = []
  const changes = published.changes.some(({ followed }) => followed)
    ? published.changes.flatMap(withFollowed)
    : published.changes
  for (const change of changes) {
    for (const subscription of index.watching(change.entity.name))
      if (subscription.looksAt(change)) due.set(subscription, null)
    // Most writes are about rows that nobody asked for: they get no further than this.
    if (index.isWanted(change)) wanted.push(change)
  }
  const { entities, unclear } = rowStates(wanted)
  for (const name of touchedBy(published, reach, model)) again(index.over(name))
  for (const name of unclear) again(index.over(name))
  for (const change of changes) {
    for (const { entity, field, values } of reach.of(change)) {
      again(index.watching(entity.name))
      again(index.reached(entity, field, values))
      // What its rows do in turn is known to the database alone.
      for (const further of reach.from(entity.name)) again(index.over(further))
    }
  }
  const look = (subscription: W, states: readonly RowState[]) => {
    if (due.get(subscription) === null || !subscription.isConcernedBy(states, now())) return
    due.set(subscription, states)
  }
  for (const one of published.elsewhere ?? []) {
    again(index.watching(one.entity.name))
    // Under which values it was found before is not known: each is asked whether it shows the row.
    for (const subscription of new Set(index.showing(one.entity.name)))
      look(subscription, [...(due.get(subscription) ?? []), stateElsewhere(one)])
  }
  for (const [entity, states] of entities) {
    for (const subscription of index.open(entity)) look(subscription, states)
    for (const [subscription, list] of askedBy(entity, states, index)) look(subscription, list)
  }
  return due
}

/** Where it is known what foreign keys did, nothing else has to be supposed. */
function withFollowed(change: RowChange): readonly RowChange[] {
  const { followed } = change
  return followed ? [change, ...followed].map((one) => ({ ...one, isAlone: true })) : [change]
}

function touchedBy({ touched }: Published, reach: Reach, model: Model): Iterable<string> {
  if (touched === 'all') return model.entities.keys()
  if (touched.length === 0) return touched
  return new Set(touched.flatMap((name) => [name, ...reach.from(name)]))
}

function askedBy<W extends Watcher>(
  entity: EntityModel,
  states: readonly RowState[],
  index: WatchIndex<W>,
): ReadonlyMap<W, RowState[]> {
  const asked = new Map<W, RowState[]>()
  for (const state of states) {
    for (const subscription of index.asking(entity, state)) {
      const list = asked.get(subscription) ?? []
      // A row that left one of a query's values for another is found under both.
      if (list.at(-1) !== state) list.push(state)
      asked.set(subscription, list)
    }
  }
  return asked
}
