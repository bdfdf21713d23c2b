/**
 * What foreign keys do to other rows when a row goes or changes its key. The database tells nobody, so it is worked out
 * before the write, from the rows that refer.
 */

import type { Row } from '../../protocol/rows.ts'
import { idText } from '../audit/images.ts'
import type { RowChange } from '../call.ts'
import type { Reached } from '../live/reach.ts'
import type { Caller } from '../query/binding.ts'
import { asciiLower } from '../values/text.ts'
import type { Work } from '../work.ts'
import type { Tools } from './operation.ts'

/** The changes of other rows, over any number of steps; call it before the change is made. */
export function* followedBy(
  change: RowChange,
  tools: Pick<Tools, 'reach' | 'lookup'>,
  caller: Caller,
): Work<readonly RowChange[]> {
  const found = new Map<string, RowChange>()
  const own = keyOf(change)
  const waiting = [change]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const reached of tools.reach.of(next)) {
      if (!acts(reached)) continue
      const { entity, field, referenced, values } = reached
      const match = {
        equal: { [field.name]: values[0] },
        ignoresCase: referenced.data.caseInsensitive && !field.data.caseInsensitive,
      }
      for (const before of yield* tools.lookup.rows(entity, match, caller)) {
        const id = entity.idOf(before)
        const key = keyOf({ entity, id })
        const known = found.get(key)
        const state = known ? known.after : before
        if (!state || key === own) continue
        const after = afterOf(next, reached, state)
        if (after && after[field.name] === state[field.name]) continue
        const followed: RowChange = { entity, kind: after ? 'update' : 'delete', id, before, after }
        found.set(key, followed)
        waiting.push(followed)
      }
    }
  }
  return [...found.values()]
}

/** A row told apart from every other one, by the key that it has before the change. */
function keyOf({
  entity,
  id,
  before,
}: Pick<RowChange, 'entity' | 'id'> & { before?: RowChange['before'] }): string {
  return `${entity.name}\n${idText(before ? entity.idOf(before) : id)}`
}

/** Nothing refers by null, and a key that ignores case is the same in other letters. */
function acts({ referenced, values: [from, to] }: Reached): boolean {
  if (from === null || from === undefined) return false
  const folds = referenced.data.caseInsensitive && typeof from === 'string' && typeof to === 'string'
  return !folds || asciiLower(from) !== asciiLower(to)
}

function afterOf(cause: RowChange, { field, action, values }: Reached, state: Row): Row | null {
  if (action === 'setNull') return { ...state, [field.name]: null }
  return cause.after ? { ...state, [field.name]: values[1] } : null
}
