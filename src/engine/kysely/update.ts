/** UPDATE: rows and values are chosen under the rules, then written one by one as `update` writes them. */

import { invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { RowChange } from '../call.ts'
import { written } from '../operations/entity.ts'
import type { Tools } from '../operations/operation.ts'
import { type EntityCall, readPatch, updateRow } from '../operations/write.ts'
import { assignedName, fitted, type Given, givenValue, refuseUnwritable, uniqueNames } from './assignment.ts'
import { boundParams, rulesOf } from './bound.ts'
import { chosenRows, compileChoice, targetOf } from './chosen.ts'
import type { WritePlan } from './plan.ts'
import { returnedRow, returningOf } from './returning.ts'
import type { Rewrite } from './rewrite.ts'
import { get, list, type Node, read } from './tree.ts'

const known = ['table', 'from', 'joins', 'where', 'updates', 'returning', 'with']
const refused = ['explain', 'endModifiers', 'limit', 'top', 'output', 'orderBy']

export function updatePlan(
  given: Node,
  rewrite: Rewrite,
  tools: Tools,
): Pick<WritePlan, 'returning' | 'run'> {
  const tree = read(given, 'UpdateQueryNode', known, refused)
  const from = get(tree, 'from')
  const more = from === undefined ? [] : list(read(from, 'FromNode', ['froms']), 'froms')
  const updates = list(tree, 'updates').map((one) => read(one, 'ColumnUpdateNode', ['column', 'value']))
  const names = updates.map((one) => assignedName(get(one, 'column')))
  if (names.length === 0) throw invalid('query', 'sets nothing')
  uniqueNames(names)
  const target = targetOf(tree, get(tree, 'table'), more, 'update', rewrite, (access) =>
    access.escalation?.reachable('update', names),
  )
  const { access } = target
  const values: Given[] = updates.map((one) => givenValue(one['value'], target.place))
  const expressions = values.flatMap((one) => (one.kind === 'expression' ? [one.expression] : []))
  const returning = returningOf(get(tree, 'returning'), access, target.place.scope.sources[0]?.alias ?? '')
  const compiled = compileChoice(target, expressions, tools)
  return {
    returning: returning.map(({ name }) => name),
    *run(call, tools, params) {
      const own: EntityCall = { ...call, entity: access.entity, access }
      refuseUnwritable(own, 'update', names)
      const bound = boundParams(params, rulesOf(rewrite, rewrite.params), tools.limits)
      const rows = yield* chosenRows(compiled, access, bound, call.caller, tools.limits)
      const changes: RowChange[] = []
      const returned: Row[] = []
      for (const row of rows) {
        const patch = patchOf(names, values, params, row.values, access.entity.field.bind(access.entity))
        const change = yield* updateRow(own, tools, row.before, readPatch(own, tools, patch, ''))
        changes.push(change)
        if (returning.length > 0)
          returned.push(yield* returnedRow(own, tools, change.after as Row, returning))
      }
      return { changes: written(changes), affected: rows.length, returned }
    },
  }
}

export function patchOf(
  names: readonly string[],
  values: readonly Given[],
  params: readonly unknown[],
  computed: readonly unknown[],
  fieldOf: (name: string) => Parameters<typeof fitted>[1],
): Row {
  const patch: Row = {}
  let at = 0
  names.forEach((name, index) => {
    const value = values[index] as Given
    patch[name] =
      value.kind === 'param'
        ? params[value.param]
        : value.kind === 'literal'
          ? value.value
          : fitted(computed[at++], fieldOf(name))
  })
  return patch
}
