/**
 * No escalation, for an entity whose rows are callers (`principal: { role: 'role' }`):
 *
 * - a row whose role outranks the caller's cannot be changed or deleted, and no row is given a role above the caller's;
 * - nobody writes the role of their own row, not even the value it has;
 * - an admin does not delete their own row.
 *
 * A row is the caller's own when its key is `$user.id`. A role that is not in the table outranks everybody but supergod.
 */

import { DBALError, invalid } from '../../protocol/error.ts'
import { type Actor, levelOf, type Role, roles } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import type { Caller } from '../query/binding.ts'
import type { Escalation, Guard } from './access.ts'
import { comparableOf, compareValues } from './compare.ts'
import { createGuard } from './guard.ts'
import { asIs, fieldOperand, joinPredicates, type Operand, type Predicate } from './predicate.ts'

/** Which fields of an entity say who a row is; null where rows are no callers. @throws DBALError VALIDATION_ERROR */
export function principalFieldsOf(entity: EntityModel): PrincipalFields | null {
  const { principal } = entity.data
  if (!principal) return null
  const [id, ...more] = entity.primaryKey
  const role = entity.field(principal.role)
  if (!role)
    throw invalid(`${entity.name}.principal.role`, `"${principal.role}" is no field of ${entity.name}`)
  if (!id || more.length > 0 || id.column !== 'text') {
    throw invalid(
      `${entity.name}.principal`,
      'needs a primary key of one text or uuid field, which $user.id is compared with',
    )
  }
  return { id, role }
}

export interface PrincipalFields {
  readonly id: FieldModel
  readonly role: FieldModel
}

/** The rules as they bind one role. */
export class RoleEscalation implements Escalation {
  readonly #entity: EntityModel
  readonly #fields: PrincipalFields
  readonly #role: Actor
  readonly #reach: { readonly [Reach in 'all' | 'others']: Guard | null }

  constructor(entity: EntityModel, fields: PrincipalFields, role: Actor, dialect: Dialect) {
    this.#entity = entity
    this.#fields = fields
    this.#role = role
    const rank = rankPredicate(fields, role)
    const others = othersPredicate(fields)
    this.#reach = {
      all: rank && createGuard(rank, dialect),
      others: createGuard(rank ? joinPredicates('and', [rank, others]) : others, dialect),
    }
  }

  refuseTarget(caller: Caller, operation: 'update' | 'delete', row: Row): void {
    if (this.#outranks(row[this.#fields.role.name]))
      throw this.#forbidden(operation, 'the row outranks the caller')
    if (operation === 'delete' && this.#keepsSelf() && this.#isOwn(row, caller)) {
      throw this.#forbidden(operation, 'an admin cannot delete their own row')
    }
  }

  refuseValues(caller: Caller, operation: 'create' | 'update', before: Row | null, values: Row): void {
    const { role } = this.#fields
    const given = Object.hasOwn(values, role.name)
    if (!given && operation === 'update') return
    if (before && this.#isOwn(before, caller)) {
      throw this.#forbidden(operation, 'nobody writes the role of their own row', role.name)
    }
    if (this.#outranks(given ? values[role.name] : role.data.default)) {
      throw this.#forbidden(operation, 'the role outranks the caller', role.name)
    }
  }

  reachable(operation: 'update' | 'delete', fields: readonly string[]): Guard | null {
    const leavesSelf = operation === 'delete' ? this.#keepsSelf() : fields.includes(this.#fields.role.name)
    return this.#reach[leavesSelf ? 'others' : 'all']
  }

  #keepsSelf(): boolean {
    return this.#role === 'admin'
  }

  #isOwn(row: Row, { principal }: Caller): boolean {
    const id = comparableOf(row[this.#fields.id.name])
    if (principal.userId === null || id === null) return false
    return compareValues(id, principal.userId, ignoresCase(this.#fields.id)) === 0
  }

  #outranks(role: unknown): boolean {
    if (role === null || role === undefined) return false
    return this.#role !== 'supergod' && !withinRank(this.#role).includes(role as Role)
  }

  #forbidden(operation: string, reason: string, field?: string): DBALError<'FORBIDDEN'> {
    const entity = this.#entity.name
    return new DBALError('FORBIDDEN', `Cannot ${operation} ${entity}: ${reason}`, {
      entity,
      operation,
      ...(field === undefined ? {} : { field }),
      reason,
    })
  }
}

/** Rows that do not outrank the role; null when that is every row. */
function rankPredicate({ role: field }: PrincipalFields, role: Actor): Predicate | null {
  if (role === 'supergod') return null
  const operand = fieldOperand(field)
  const items = withinRank(role).map((value): Operand => ({ kind: 'literal', value, type: field.data.type }))
  const within: Predicate = { kind: 'in', negated: false, operand, items, comparison: asIs }
  return field.data.nullable
    ? joinPredicates('or', [{ kind: 'isNull', negated: false, operand }, within])
    : within
}

/** Rows other than the caller's own; every row for a caller without an id. */
function othersPredicate({ id }: PrincipalFields): Predicate {
  const self: Operand = { kind: 'variable', name: 'user.id' }
  return joinPredicates('or', [
    { kind: 'isNull', negated: false, operand: self },
    {
      kind: 'compare',
      operator: '!=',
      left: fieldOperand(id),
      right: self,
      comparison: { ...asIs, ignoreCase: ignoresCase(id) },
    },
  ])
}

/** A key that ignores case is the caller's own however either side spells it. */
function ignoresCase({ data }: FieldModel): boolean {
  return data.caseInsensitive
}

function withinRank(role: Actor): readonly Role[] {
  return roles.slice(0, levelOf(role))
}
