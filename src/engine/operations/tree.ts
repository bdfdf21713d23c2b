/** Entities whose rows form trees: a parent stands in the same group (page) and is no descendant of its own child. */

import { invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import { dangling } from '../conflict.ts'
import type { EntityModel } from '../model.ts'
import type { Caller } from '../query/binding.ts'
import type { Work } from '../work.ts'
import type { Tools } from './operation.ts'

/**
 * Checks the place of `after` in its tree.
 * @param sees whether the caller may read a row: a parent that they may not does not exist for them
 * @throws DBALError VALIDATION_ERROR for a parent in another group, a cycle, or a group change that would tear children
 * off; CONFLICT for a parent that does not exist
 */
export function* checkTree(
  entity: EntityModel,
  before: Row | null,
  after: Row,
  tools: Tools,
  caller: Caller,
  sees: (row: Row) => Work<boolean>,
): Work<void> {
  const tree = entity.data.tree
  if (!tree) return
  const key = entity.primaryKey[0]
  if (!key) return
  const moved = !before || before[tree.parent] !== after[tree.parent]
  const regrouped = before !== null && before[tree.within] !== after[tree.within]
  if (
    regrouped &&
    (yield* tools.lookup.exists(entity, { equal: { [tree.parent]: after[key.name] } }, caller))
  ) {
    throw invalid(tree.within, `cannot change while the ${entity.name} has children`)
  }
  if (!moved && !regrouped) return
  let parentId = after[tree.parent]
  for (let first = true; parentId !== null; first = false) {
    if (parentId === after[key.name])
      throw invalid(tree.parent, `cannot be the ${entity.name} itself or one of its descendants`)
    const parent: Row | null = yield* tools.lookup.row(entity, { equal: { [key.name]: parentId } }, caller)
    if (first && !(parent && (yield* sees(parent)))) throw dangling(entity, tree.parent, entity.name)
    if (!parent) return
    if (first && parent[tree.within] !== after[tree.within]) {
      throw invalid(tree.parent, `must have the same ${tree.within}`)
    }
    parentId = parent[tree.parent]
  }
}
