/**
 * Expectations. An object must have the members that are named, a list must have exactly the items that are listed, and
 * everything else must be equal. Markers say more, or less:
 *
 * - `{ $is: value }` equal in every member; `{ $keys: [name, …] }` exactly these members
 * - `{ $kind: 'uuid' | 'uuid7' | 'datetime' | 'hash' | 'text' | 'number' | 'boolean' }`
 * - `{ $pattern: 'regular expression' }`; `{ $least: 1, $most: 5 }` a number; `{ $length: 3 }` of a list or text
 * - `{ $each: … }` every item of a list; `{ $holds: […] }` each of these is an item of it, in whatever order
 * - `{ $column: 'slug', $values: […] }` one field of every row
 * - `{ $not: … }`, `{ $all: […] }`, and `{ $absent: true }` for a member that must not be there
 * - `{ $value: … }` a value as a step would send it (`values.ts`)
 */

import { show } from './show.ts'
import { makeValue, type Saved } from './values.ts'

/** @throws Error that names the first difference */
export function expectMatch(expected: unknown, actual: unknown, place: string, saved: Saved): void {
  const difference = mismatch(expected, actual, place, saved)
  if (difference)
    throw new Error(
      `${difference.path}: expected ${show(difference.expected)}, got ${show(difference.actual)}`,
    )
}

interface Mismatch {
  readonly path: string
  readonly expected: unknown
  readonly actual: unknown
}

type Marker = (given: never, actual: unknown, path: string, saved: Saved, all: Members) => Mismatch | null
type Members = Readonly<Record<string, unknown>>

/** The first difference; null when the value is as expected. */
function mismatch(expected: unknown, actual: unknown, path: string, saved: Saved): Mismatch | null {
  const failed = { path, expected, actual }
  if (typeof expected === 'string') return Object.is(makeValue(expected, saved), actual) ? null : failed
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, actual) ? null : failed
  if (Array.isArray(expected)) return mismatchOfList(expected, actual, path, saved)
  const members = expected as Members
  const first = Object.keys(members)[0]
  if (first?.startsWith('$')) {
    const marker = Object.hasOwn(markers, first) ? markers[first] : undefined
    if (!marker) throw new Error(`The case has an unknown marker ${first}`)
    return marker(members[first] as never, actual, path, saved, members)
  }
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return failed
  for (const [name, item] of Object.entries(members)) {
    const found = Object.hasOwn(actual, name) ? (actual as Members)[name] : undefined
    const difference = mismatch(item, found, `${path}.${name}`, saved)
    if (difference) return difference
  }
  return null
}

function mismatchOfList(
  expected: readonly unknown[],
  actual: unknown,
  path: string,
  saved: Saved,
): Mismatch | null {
  if (!Array.isArray(actual) || actual.length !== expected.length) return { path, expected, actual }
  for (const [at, item] of expected.entries()) {
    const difference = mismatch(item, actual[at], `${path}[${at}]`, saved)
    if (difference) return difference
  }
  return null
}

const kinds: { readonly [kind: string]: (value: unknown) => boolean } = {
  uuid: (value) => isText(value, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  uuid7: (value) => isText(value, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  datetime: (value) => isText(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  hash: (value) => isText(value, /^[0-9a-f]{64}$/),
  text: (value) => isText(value, /./),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
}

const isText = (value: unknown, pattern: RegExp) => typeof value === 'string' && pattern.test(value)

const markers: { readonly [name: string]: Marker } = {
  $is: (given, actual, path, saved) =>
    verdict(isEqual(makeValue(given, saved), actual), { $is: given }, actual, path),
  $value: (given, actual, path, saved) =>
    verdict(isEqual(makeValue(given, saved), actual), { $value: given }, actual, path),
  $keys: (given: string[], actual, path) =>
    verdict(isEqual([...given].sort(), Object.keys(actual ?? {}).sort()), { $keys: given }, actual, path),
  $kind: (given: string, actual, path) =>
    verdict(kinds[given]?.(actual) ?? false, { $kind: given }, actual, path),
  $pattern: (given: string, actual, path) =>
    verdict(isText(actual, new RegExp(given, 's')), { $pattern: given }, actual, path),
  $least: (given: number, actual, path, _, { $most }) =>
    verdict(
      typeof actual === 'number' && actual >= given && ($most === undefined || actual <= ($most as number)),
      { $least: given, $most },
      actual,
      path,
    ),
  $length: (given: number, actual, path) =>
    verdict(
      (Array.isArray(actual) || typeof actual === 'string') && actual.length === given,
      { $length: given },
      actual,
      path,
    ),
  $each: (given, actual, path, saved) =>
    Array.isArray(actual) && actual.length > 0
      ? (actual.map((item, at) => mismatch(given, item, `${path}[${at}]`, saved)).find(Boolean) ?? null)
      : { path, expected: { $each: given }, actual },
  $holds: (given: unknown[], actual, path, saved) => {
    const missing = given.find(
      (item) => !Array.isArray(actual) || !actual.some((one) => mismatch(item, one, path, saved) === null),
    )
    return missing === undefined ? null : { path, expected: { $holds: [missing] }, actual }
  },
  $column: (given: string, actual, path, saved, { $values }) =>
    Array.isArray(actual)
      ? mismatch(
          $values,
          actual.map((row) => (row as Members)[given]),
          `${path}[*].${given}`,
          saved,
        )
      : { path, expected: { $column: given, $values }, actual },
  $not: (given, actual, path, saved) =>
    verdict(mismatch(given, actual, path, saved) !== null, { $not: given }, actual, path),
  $all: (given: unknown[], actual, path, saved) =>
    given.map((one) => mismatch(one, actual, path, saved)).find(Boolean) ?? null,
  $absent: (_, actual, path) => verdict(actual === undefined, { $absent: true }, actual, path),
}

function verdict(isRight: boolean, expected: unknown, actual: unknown, path: string): Mismatch | null {
  return isRight ? null : { path, expected, actual }
}

function isEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) => Object.hasOwn(right, name) && isEqual((left as Members)[name], (right as Members)[name]),
    )
  )
}
