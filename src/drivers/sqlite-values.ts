/** Decoding that both SQLite drivers share. */

import { DriverError } from './driver.ts'

/** A number, or the bigint itself where a number cannot hold it exactly: files of others have such values. */
export function safeInteger(value: bigint): number | bigint {
  return isSafeInteger(value) ? Number(value) : value
}

function isSafeInteger(value: bigint): boolean {
  return value <= 9_007_199_254_740_991n && value >= -9_007_199_254_740_991n
}

/** @throws DriverError `type` for text that is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DriverError('type', 20, 'A stored json value is not JSON', { cause: error })
  }
}
