/** What tells one question from another: plain data, written as text. */

import { invalid } from '../protocol/error.ts'

/** A text, or a list of plain data: whatever the answer depends on. */
export type QueryKey = string | readonly unknown[]

/**
 * The order of an object's members counts, as it does in a sort.
 * @throws DBALError VALIDATION_ERROR for what is not plain data
 */
export function writeKey(key: unknown): string {
  try {
    return JSON.stringify(key, tell)
  } catch (error) {
    throw invalid('key', error instanceof TypeError ? 'holds itself' : (error as Error).message)
  }
}

/** What JSON leaves out or has no word for. */
function tell(_name: string, value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return ['$undefined']
    case 'bigint':
      return ['$bigint', String(value)]
    case 'number':
      return Number.isFinite(value) ? value : ['$number', String(value)]
    case 'function':
    case 'symbol':
      throw new RangeError(`a ${typeof value} cannot be part of a key`)
    default:
      return ArrayBuffer.isView(value) ? ['$bytes', String(value)] : value
  }
}
