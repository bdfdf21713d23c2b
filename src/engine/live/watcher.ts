/** Somebody whose result a change can concern: a live query, or a read whose result is kept. */

import type { RowChange } from '../call.ts'
import type { RowState } from './row-state.ts'
import type { Source } from './source.ts'

export interface Watcher {
  readonly source: Pick<Source, 'watches' | 'rows'>
  /** False where the change is of fields that the query does not look at. */
  looksAt(change: RowChange): boolean
  /** False where none of the rows is, was or becomes one of the result. */
  isConcernedBy(states: readonly RowState[], now: string): boolean
}
