/** Decoding that both SQLite drivers share. */

import { DriverError } from './driver.ts'

/** @throws DriverError `type` for an integer that a number cannot hold exactly */
export function safeInteger(value: bigint): number {
  if (!isSafeInteger(value)) {
    throw new DriverError('type', 20, 'A stored integer is beyond 2^53; read its column as a bigint')
  }
  return Number(value)
}

export function isSafeInteger(value: bigint): boolean {
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
