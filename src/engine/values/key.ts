/** An id as callers give it: the value of a single key, or an object of the fields of a composite one. */

import type { EntityModel } from '../model.ts'
import { isPlainObject } from './plain-object.ts'
import { readerOf } from './read.ts'
import { Refusal } from './refusal.ts'

/** @returns the values in the order of the primary key; null when malformed, which is the id of no row */
export function readKey(entity: EntityModel, id: unknown): readonly unknown[] | null {
  const key = entity.primaryKey
  const only = key[0]
  if (only && key.length === 1) {
    const value = readerOf(only.data.type, 0)(id)
    return value instanceof Refusal ? null : [value]
  }
  if (key.length === 0 || !isPlainObject(id) || Object.keys(id).length !== key.length) return null
  const values: unknown[] = []
  for (const field of key) {
    const value = Object.hasOwn(id, field.name) ? readerOf(field.data.type, 0)(id[field.name]) : null
    if (value === null || value instanceof Refusal) return null
    values.push(value)
  }
  return values
}
