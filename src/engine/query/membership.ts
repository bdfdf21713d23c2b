/** `in` and `notIn`: a few values as parameters, more of them as one parameter that json_each unpacks. */

import { ValueListNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import type { FieldType } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import { compare, listed } from './nodes.ts'
import type { Build, Shape } from './shape.ts'
import type { Subject } from './subject.ts'

interface MembershipContext {
  readonly shape: Shape
  readonly dialect: Dialect
}

/** Short lists are filled up to one of these lengths with their last value, so that they share statements. */
const shortLengths = [1, 2, 4, 8]

/** @param values all bytes, or none of them */
export function membership(
  context: MembershipContext,
  subject: Pick<Subject, 'type' | 'node'>,
  negated: boolean,
  values: readonly SqlValue[],
): Build {
  const list = listNode(values, subject.type, context, negated)
  return () => compare(subject.node(), negated ? 'not in' : 'in', list())
}

function listNode(
  values: readonly SqlValue[],
  type: FieldType,
  { shape, dialect }: MembershipContext,
  negated: boolean,
): Build {
  const length = values.length === 0 ? undefined : shortLengths.find((most) => values.length <= most)
  if (length !== undefined) {
    shape.key += `${negated ? 'o' : 'i'}${length}`
    const slots = Array.from({ length }, (_, at) =>
      shape.slot(values[Math.min(at, values.length - 1)] as SqlValue),
    )
    return () => ValueListNode.create(slots.map((slot) => slot()))
  }
  // JSON has no bytes: they travel in hexadecimal.
  const asHex = values[0] instanceof Uint8Array
  shape.key += `${negated ? 'O' : 'I'}${asHex ? 'h' : ''}`
  const slot = shape.slot(jsonList(values))
  return () => listed(slot(), asHex ? 'bytes' : type, dialect)
}

/** Values as one parameter for `listed`; bytes in hexadecimal. */
export function jsonList(values: readonly SqlValue[]): string {
  return `[${values.map(jsonItem).join(',')}]`
}

function jsonItem(value: SqlValue): string {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) {
    return `"${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}"`
  }
  const text = JSON.stringify(value)
  // A double of 2^53 and more is written without a point, and SQLite would read it as an integer of other last digits.
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(text)
    ? `${text}e0`
    : text
}
