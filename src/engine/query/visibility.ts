/** Which rows and fields a statement may reach at all. */

import type { OperationNode } from 'kysely'
import { DBALError } from '../../protocol/error.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { self } from './nodes.ts'

/**
 * The terms that a statement gets; none where every row may be reached. A guard says all of it: the rules, for a write the
 * rule for reading too, and that the row has not expired.
 */
export function visible(guards: readonly Guard[], table: string = self): OperationNode[] {
  return guards.filter((guard) => !guard.everyRow).map((guard) => guard.node(table))
}

/** @throws DBALError FORBIDDEN when no rule of the role allows it */
export function guardOf(access: EntityAccess, rule: RuleOperation, operation: string = rule): Guard {
  const guard = access.guard(rule)
  if (guard) return guard
  const entity = access.entity.name
  throw new DBALError('FORBIDDEN', `No rule allows ${operation} on ${entity}`, { entity, operation })
}

export function forbiddenField(
  entity: EntityModel,
  field: FieldModel,
  operation: string,
): DBALError<'FORBIDDEN'> {
  return new DBALError('FORBIDDEN', `${entity.name}.${field.name} may not be read`, {
    entity: entity.name,
    operation,
    field: field.name,
  })
}
