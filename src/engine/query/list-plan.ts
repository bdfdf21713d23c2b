/** The statement of a list, and the cursor behind a page of it. */

import {
  AggregateFunctionNode,
  AliasNode,
  IdentifierNode,
  LimitNode,
  OffsetNode,
  type ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectModifierNode,
  SelectQueryNode,
} from 'kysely'
import type { ResultSet } from '../../drivers/driver.ts'
import type { Guard } from '../access/access.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { encodeCursor } from './cursor.ts'
import type { ListQuery } from './list-options.ts'
import { columnOf, self } from './nodes.ts'
import type { Plan, Plans } from './plans.ts'
import { orderByKeys } from './sort.ts'
import { visible } from './visibility.ts'

export function listPlan(plans: Plans, entity: EntityModel, guard: Guard, query: ListQuery): Plan {
  return plans.of(query.shape.key, () => {
    const columns = [...query.select]
    const cursorColumns = query.continues
      ? query.keys.map(({ field }) => columnAt(columns, field))
      : undefined
    const localColumns = query.include.map(({ subject }) => columnAt(columns, subject.local))
    const conditions = [query.filter, query.behind].flatMap((build) => (build ? [build()] : []))
    const selections = columns.map(({ name }) => columnOf(name))
    const selected = plans.select(entity, selections, [...visible([guard]), ...conditions])
    const node = {
      ...(query.distinct ? distinctNode(selected) : selected),
      ...(query.keys.length > 0 && { orderBy: orderByKeys(query.keys) }),
      limit: LimitNode.create(query.limitSlot()),
      ...(query.offsetSlot && { offset: OffsetNode.create(query.offsetSlot()) }),
    }
    const types = columns.map(({ column }) => column)
    return {
      compiled: plans.compile(node, types),
      fields: query.select.map(({ name }) => name),
      ...(cursorColumns && { cursorColumns }),
      ...(localColumns.length > 0 && { localColumns }),
    }
  })
}

export function distinctNode(select: SelectQueryNode): SelectQueryNode {
  return { ...select, frontModifiers: [SelectModifierNode.create('Distinct')] }
}

export const countNode = AggregateFunctionNode.create('count', [SelectAllNode.create()])

/** How many rows a select gives. */
export function countOf(select: SelectQueryNode): SelectQueryNode {
  return {
    ...SelectQueryNode.createFrom([AliasNode.create(select, IdentifierNode.create(self))]),
    selections: [SelectionNode.create(countNode as unknown as ReferenceNode)],
  }
}

/** Behind the last row of the page, which is not the last that was fetched; undefined where no cursor can be made. */
export function cursorBehind(
  entity: EntityModel,
  { cursorColumns }: Plan,
  { keys, limit }: ListQuery,
  { values, width }: ResultSet,
  dialect: Dialect,
): string | undefined {
  if (!cursorColumns) return undefined
  const from = (limit - 1) * width
  const last = keys.map(({ field }, at) =>
    dialect.encode(field.data.type, values[from + (cursorColumns[at] as number)]),
  )
  return encodeCursor(entity, keys, last)
}

/** Where the field stands among the columns; it is added when it does not. */
export function columnAt(columns: FieldModel[], field: FieldModel): number {
  const at = columns.indexOf(field)
  return at >= 0 ? at : columns.push(field) - 1
}
