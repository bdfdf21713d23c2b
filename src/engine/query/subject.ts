/** What a condition is about: a column, a place inside a json column, the result of an aggregate, or related rows. */

import type { FieldType, Relation } from '../../schema/schema.ts'
import type { Guard } from '../access/access.ts'
import type { FieldModel } from '../model.ts'
import type { Names } from './names.ts'
import { columnOfField, self } from './nodes.ts'
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

/** The rows of another entity that belong to a row. */
export interface RelationSubject {
  readonly kind: 'relation'
  readonly relation: Relation
  /** Of the other entity. */
  readonly names: Names
  /** Which of its rows the caller may read. */
  readonly guard: Guard
  readonly local: FieldModel
  readonly foreign: FieldModel
  /** The alias of the entity on this side. */
  readonly from: string
}

const subjects = new WeakMap<FieldModel, Subject>()

/** @param table the alias of the field's entity in the statement */
export function subjectOf(field: FieldModel, table: string = self): Subject {
  if (table !== self) return createSubject(field, table)
  let subject = subjects.get(field)
  if (!subject) {
    subject = createSubject(field, self)
    subjects.set(field, subject)
  }
  return subject
}

function createSubject(field: FieldModel, table: string): Subject {
  const { data, index } = field
  return {
    kind: 'value',
    type: data.type,
    folded: data.caseInsensitive,
    values: data.type === 'enum' ? data.values : undefined,
    key: `f${index}.`,
    node: () => columnOfField(field, table),
  }
}
