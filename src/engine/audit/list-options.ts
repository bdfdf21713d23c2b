/** What a caller may ask of the log. */

import { DBALErrorCode, type Issue, invalidAll } from '../../protocol/error.ts'
import { roles } from '../../protocol/principal.ts'
import { isPlainObject, quoteName } from '../values/plain-object.ts'
import { readDatetime } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { idText } from './images.ts'

export interface AuditFilter {
  readonly entity?: string | null
  readonly operation?: string
  readonly userId?: string | null
  readonly username?: string | null
  readonly role?: string
  readonly success?: boolean
  readonly code?: string | null
  readonly requestId?: string | number | null
  /** As `json_each` gives the elements of `rowIds`. */
  readonly rowId?: string | number
  /** Inclusive. */
  readonly from?: string
  /** Exclusive. */
  readonly to?: string
}

export interface AuditListOptions {
  readonly filter: AuditFilter
  readonly descending: boolean
  readonly limit: number
  /** From 1; null when the list is not asked for by page. */
  readonly page: number | null
  /** Number of the last entry seen. */
  readonly after: number | null
  readonly count: boolean
}

export const listLimit = 20
export const listMaximum = 100

/** @throws DBALError VALIDATION_ERROR with everything that is wrong */
export function readListOptions(options: unknown): AuditListOptions {
  const issues: Issue[] = []
  const given = readObject(options ?? {}, '', ['filter', 'sort', 'limit', 'page', 'cursor', 'count'], issues)
  const descending = readSort(given.sort, issues)
  const limit = readWhole(given.limit, 'limit', 1, listMaximum, issues) ?? listLimit
  const page = readWhole(given.page, 'page', 1, 1_000_000_000, issues)
  const after = readCursor(given.cursor, descending, issues)
  if (page !== null && after !== null) issues.push({ path: 'cursor', message: 'cannot stand beside page' })
  if (given.count !== undefined && typeof given.count !== 'boolean') {
    issues.push({ path: 'count', message: 'must be true or false' })
  }
  const filter = readFilter(given.filter, issues)
  if (issues.length > 0) throw invalidAll(issues)
  return { filter, descending, limit, page, after, count: given.count === true || page !== null }
}

export interface AuditExportOptions {
  readonly filter: AuditFilter
  /** Number of the last entry that was exported. */
  readonly after: number
  readonly limit: number
}

export const exportLimit = 500
export const exportMaximum = 5_000

/** @throws DBALError VALIDATION_ERROR with everything that is wrong */
export function readExportOptions(options: unknown): AuditExportOptions {
  const issues: Issue[] = []
  const given = readObject(options ?? {}, '', ['filter', 'after', 'limit'], issues)
  const after = readWhole(given.after, 'after', 0, Number.MAX_SAFE_INTEGER, issues) ?? 0
  const limit = readWhole(given.limit, 'limit', 1, exportMaximum, issues) ?? exportLimit
  const filter = readFilter(given.filter, issues)
  if (issues.length > 0) throw invalidAll(issues)
  return { filter, after, limit }
}

/** Direction and number: a cursor of one direction is none of the other. */
export function printCursor(descending: boolean, seq: number): string {
  return `${descending ? 'd' : 'a'}${seq}`
}

function readCursor(value: unknown, descending: boolean, issues: Issue[]): number | null {
  if (value === undefined) return null
  const match = typeof value === 'string' ? /^([ad])([1-9]\d{0,14})$/.exec(value) : null
  if (match && (match[1] === 'd') === descending) return Number(match[2])
  issues.push({ path: 'cursor', message: 'is not a cursor of this list' })
  return null
}

function readSort(value: unknown, issues: Issue[]): boolean {
  if (value === undefined) return true
  const { seq } = readObject(value, 'sort', ['seq'], issues)
  if (seq !== 'asc' && seq !== 'desc') issues.push({ path: 'sort.seq', message: "must be 'asc' or 'desc'" })
  return seq !== 'asc'
}

function readWhole(
  value: unknown,
  path: string,
  least: number,
  most: number,
  issues: Issue[],
): number | null {
  if (value === undefined) return null
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  issues.push({ path, message: `must be a whole number from ${least} to ${most}` })
  return null
}

function readObject(
  value: unknown,
  path: string,
  names: readonly string[],
  issues: Issue[],
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) {
    issues.push({ path, message: 'must be an object' })
    return {}
  }
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    issues.push({
      path: path ? `${path}.${name}` : name,
      message: `${quoteName(name)} is none of ${names.join(', ')}`,
    })
  }
  return value
}

type FilterReader = (value: unknown) => unknown

const text: FilterReader = (value) => (typeof value === 'string' ? value : new Refusal('must be a string'))
const orNull =
  (read: FilterReader): FilterReader =>
  (value) =>
    value === null ? null : read(value)
const oneOf =
  (values: readonly string[]): FilterReader =>
  (value) =>
    typeof value === 'string' && values.includes(value)
      ? value
      : new Refusal(`must be one of ${values.join(', ')}`)

const filterReaders: { readonly [Name in keyof AuditFilter]-?: FilterReader } = {
  entity: orNull(text),
  operation: text,
  userId: orNull(text),
  username: orNull(text),
  role: oneOf([...roles, 'system']),
  success: (value) => (typeof value === 'boolean' ? value : new Refusal('must be true or false')),
  code: orNull(oneOf(Object.keys(DBALErrorCode))),
  requestId: orNull((value) => (Number.isSafeInteger(value) ? value : text(value))),
  rowId: readRowId,
  from: readDatetime,
  to: readDatetime,
}

/** Strings and numbers are found as such, everything else by its text in the list of ids. */
function readRowId(value: unknown): unknown {
  if (typeof value === 'string' || Number.isFinite(value)) return value
  if (typeof value === 'bigint' || value instanceof Uint8Array) return JSON.parse(idText(value))
  return isPlainObject(value) ? idText(value) : new Refusal('must be the id of a row')
}

function readFilter(value: unknown, issues: Issue[]): AuditFilter {
  if (value === undefined) return {}
  const given = readObject(value, 'filter', Object.keys(filterReaders), issues)
  const filter: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(filterReaders)) {
    if (given[name] === undefined) continue
    const result = read(given[name])
    if (result instanceof Refusal) issues.push({ path: `filter.${name}`, message: result.message })
    else filter[name] = result
  }
  return filter
}
