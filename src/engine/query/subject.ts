/** What a condition is about: a column, a place inside a json column, or the result of an aggregate. */

import type { FieldType } from '../../schema/schema.ts'
import type { FieldModel } from '../model.ts'
import { columnOf } from './nodes.ts'
import type { Build } from './shape.ts'

export interface Subject {
  readonly kind: 'value'
  readonly type: FieldType
  /** Compared without regard to the case of ASCII letters. */
  readonly folded: boolean
  /** The values of an enum. */
  readonly values: readonly string[] | undefined
  /** Its token in a shape's key. */
  readonly key: string
  readonly node: Build
}

/** A place inside a json column; what is compared there has the type of the value that the caller gives. */
export interface JsonSubject {
  readonly kind: 'json'
  readonly key: string
  readonly column: Build
  /** `$."title"."items"[0]`. */
  readonly path: string
}

const subjects = new WeakMap<FieldModel, Subject>()

export function subjectOf(field: FieldModel): Subject {
  let subject = subjects.get(field)
  if (!subject) {
    const { name, data, index } = field
    subject = {
      kind: 'value',
      type: data.type,
      folded: data.caseInsensitive,
      values: data.type === 'enum' ? data.values : undefined,
      key: `f${index}.`,
      node: () => columnOf(name),
    }
    subjects.set(field, subject)
  }
  return subject
}
