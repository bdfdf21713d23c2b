/** Step 2: is there a rule at all that allows this operation to this role? Rows and fields are decided in the statement. */

import { DBALError } from '../protocol/error.ts'
import type { RuleOperation } from '../protocol/operations.ts'
import type { Role } from '../protocol/principal.ts'
import { levelOf } from '../protocol/principal.ts'
import type { Policies } from './access/policy.ts'
import type { AllowedCall, Call } from './call.ts'

/** @throws DBALError FORBIDDEN when no rule allows the operation to the caller's role */
export function authorize(call: Call, policies: Policies): AllowedCall {
  const { entity, caller, operation } = call
  if (!entity) return { ...call, access: null, wouldDeny: false }
  const policy = policies.for(caller.principal.role)
  const access = policy.entity(entity)
  const needed = operation.spec.access
  if (needed && !access.guard(needed)) throw forbidden(entity.name, call.method)
  return { ...call, access, wouldDeny: needed !== null && policy.wouldDeny(entity, needed) }
}

export function forbidden(entity: string, operation: string, field?: string): DBALError<'FORBIDDEN'> {
  const what = field ? `${operation} ${entity}.${field}` : `${operation} ${entity}`
  return new DBALError('FORBIDDEN', `No rule allows this role to ${what}`, {
    entity,
    operation,
    ...(field ? { field } : {}),
  })
}

/** For operations that ask for a rank instead of a rule. @throws DBALError FORBIDDEN */
export function requireRole(call: Call, least: Role, policies: Policies): void {
  if (policies.enforced && levelOf(call.caller.principal.role) < levelOf(least)) {
    throw new DBALError('FORBIDDEN', `${call.method} is for ${least} and above`, { operation: call.method })
  }
}

/** The rule operation that an update under `upsert` needs in addition. */
export function requireRule(call: AllowedCall, operation: RuleOperation): void {
  if (call.entity && !call.access?.guard(operation)) throw forbidden(call.entity.name, operation)
}
