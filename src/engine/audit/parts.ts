/** Entries are as long as the values that they tell of: so many at a time as have room in memory. */

import { DriverError, type ReadLimits } from '../../drivers/driver.ts'
import type { Work } from '../work.ts'

const mostBytes = 8_388_608

/**
 * Reads `most` rows, or fewer where those are too long together; one at least, however long it is.
 * @param read of so many rows, within limits that the driver keeps
 * @returns the values, and how many rows were asked for
 */
export function* readPart(
  most: number,
  read: (rows: number, limits?: ReadLimits) => Work<readonly unknown[]>,
): Work<{ readonly rows: number; readonly values: readonly unknown[] }> {
  for (let rows = most; rows > 1; rows = Math.ceil(rows / 8)) {
    try {
      return { rows, values: yield* read(rows, { rows: rows + 1, bytes: mostBytes }) }
    } catch (error) {
      if (!(error instanceof DriverError && error.kind === 'tooManyBytes')) throw error
    }
  }
  return { rows: 1, values: yield* read(1) }
}
