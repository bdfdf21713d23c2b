/** Fields that a predicate fixes to one value: every row that passes has it there. */

import type { FieldModel } from '../model.ts'
import type { Operand, Predicate } from './predicate.ts'

export interface FixedField {
  readonly field: FieldModel
  /** What the field must equal. */
  readonly operand: Exclude<Operand, { kind: 'field' }>
}

export function fixedFields(predicate: Predicate): readonly FixedField[] {
  if (predicate.kind === 'and') return predicate.terms.flatMap(fixedFields)
  if (predicate.kind !== 'compare' || predicate.operator !== '=') return []
  const { left, right } = predicate
  return [...fixed(left, right), ...fixed(right, left)]
}

function fixed(operand: Operand, other: Operand): readonly FixedField[] {
  if (operand.kind !== 'field' || operand.through || other.kind === 'field') return []
  return [{ field: operand.field, operand: other }]
}
