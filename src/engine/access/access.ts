/** What the access room promises to the steps of the engine. */

import type { OperationNode } from 'kysely'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Relation } from '../../schema/schema.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import type { Caller } from '../query/binding.ts'
import type { FixedField } from './fixed-fields.ts'

/** The rules of one (entity, operation, role), joined by OR, as a predicate for the database and one for a row in hand. */
export interface Guard {
  /** True when every row passes: nothing need be added to a statement. */
  readonly everyRow: boolean
  /** The predicate in parentheses, its columns qualified by `table`, its variables as `Variable` parameters. */
  node(table: string): OperationNode
  /**
   * The same predicate over decoded values, three-valued: null is unknown and does not pass.
   * `row[relation.name]` must hold the related row (or null) for each of `relations`.
   */
  check(row: Row, caller: Caller): boolean | null
  readonly relations: readonly Relation[]
  /** The row's own fields that the answer depends on. */
  readonly fields: readonly string[]
  /** True when the answer for a row can change with time alone: a rule looks at `$now`, or the rows expire. */
  readonly isTimed: boolean
  /** Fields that every row which passes has one known value in. */
  readonly fixed: readonly FixedField[]
}

/** A rule that allows a write only as a whole: the row before and the row after must both pass it. */
export interface RulePair {
  readonly before: Guard
  readonly after: Guard
}

/** What a role may do with an entity. */
export interface EntityAccess {
  readonly entity: EntityModel
  /**
   * Null when no rule allows the operation: FORBIDDEN. Guards the row before a write, and then includes the rule for
   * `read`, so that a write never reaches (or tells of) a row out of the caller's sight; for `create` it is the check.
   */
  guard(operation: RuleOperation): Guard | null
  /** Guards the row after a create or update. */
  check(operation: 'create' | 'update'): Guard | null
  /**
   * Null when `guard('update')` and `check('update')` say it all. With several rules of different filters they do not: the
   * row before could pass one rule and the row after another, a change that neither allows. One pair must then pass whole.
   */
  readonly updatePairs: readonly RulePair[] | null
  /** Fields in results by default, in column order; hidden ones never. */
  readonly readable: readonly FieldModel[]
  canRead(field: FieldModel): boolean
  canWrite(operation: 'create' | 'update', field: FieldModel, caller: Caller): boolean
  /** The rules against escalation; null where rows are no callers, or rules are not enforced. */
  readonly escalation: Escalation | null
  /** Under `permissive`, what `strict` would have said; null in the other modes. */
  readonly strict: EntityAccess | null
  /** What the same role may do with the entity at the other end of a relation. */
  related(relation: Relation): EntityAccess
}

export type RelatedAccess = EntityAccess['related']

/** Keeps callers from rows of higher roles, and everybody from their own role. For entities whose rows are callers. */
export interface Escalation {
  /** @throws DBALError FORBIDDEN for a row that the caller sees but may not change: it outranks them, or is an admin's own on delete */
  refuseTarget(caller: Caller, operation: 'update' | 'delete', row: Row): void
  /**
   * @param before the row that changes; null for a create, and for a patch that is not yet aimed at a row
   * @throws DBALError FORBIDDEN, naming the field, for a role above the caller's or a write to the role of their own row
   */
  refuseValues(caller: Caller, operation: 'create' | 'update', before: Row | null, values: Row): void
  /**
   * What `updateMany` (of these fields) and `deleteMany` can reach; null for every row. Rows outside are not touched and
   * not counted.
   */
  reachable(operation: 'update' | 'delete', fields: readonly string[]): Guard | null
}
