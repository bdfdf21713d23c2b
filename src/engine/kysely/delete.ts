/** DELETE: keys are chosen under the rules, then the rows go one by one as `delete` takes them. */

import { invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { RowChange } from '../call.ts'
import type { Tools } from '../operations/operation.ts'
import { deleteRow, type EntityCall } from '../operations/write.ts'
import { boundParams, rulesOf } from './bound.ts'
import { chosenRows, compileChoice, targetOf } from './chosen.ts'
import type { WritePlan } from './plan.ts'
import { returnedRow, returningOf } from './returning.ts'
import type { Rewrite } from './rewrite.ts'
import { get, list, type Node, read } from './tree.ts'

const known = ['from', 'using', 'joins', 'where', 'returning', 'with']
const refused = ['orderBy', 'limit', 'explain', 'endModifiers', 'top', 'output']

export function deletePlan(
  given: Node,
  rewrite: Rewrite,
  tools: Tools,
): Pick<WritePlan, 'returning' | 'run'> {
  const tree = read(given, 'DeleteQueryNode', known, refused)
  const [from, ...others] = list(read(get(tree, 'from'), 'FromNode', ['froms']), 'froms')
  if (others.length > 0) throw invalid('query', 'deletes from one table')
  const using = get(tree, 'using')
  const more = using === undefined ? [] : list(read(using, 'UsingNode', ['tables']), 'tables')
  const target = targetOf(tree, from, more, 'delete', rewrite, (access) =>
    access.escalation?.reachable('delete', []),
  )
  const { access } = target
  const returning = returningOf(get(tree, 'returning'), access, target.place.scope.sources[0]?.alias ?? '')
  const compiled = compileChoice(target, [], tools)
  return {
    returning: returning.map(({ name }) => name),
    *run(call, tools, params) {
      const own: EntityCall = { ...call, entity: access.entity, access }
      const bound = boundParams(params, rulesOf(rewrite, rewrite.params), tools.limits)
      const rows = yield* chosenRows(compiled, access, bound, call.caller, tools.limits)
      const changes: RowChange[] = []
      const returned: Row[] = []
      for (const { before } of rows) {
        if (returning.length > 0) returned.push(yield* returnedRow(own, tools, before, returning))
        changes.push(yield* deleteRow(own, tools, before))
      }
      return { changes, affected: rows.length, returned }
    },
  }
}
