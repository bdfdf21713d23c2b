/** One of the two databases of a copy: a connection of one's own, and what its dialect needs. */

import type { Connection, Driver } from '../../drivers/driver.ts'
import { DriverError } from '../../drivers/driver.ts'
import type { Dialect } from '../../engine/dialect.ts'
import { dialectOf } from '../../engine/dialects.ts'
import { runAsync, type Work } from '../../engine/work.ts'
import { UsageError } from '../command.ts'
import { type Address, openAddress, withoutSecrets } from './address.ts'
import { type Place, placeOf } from './places.ts'

export interface Side {
  readonly address: Address
  readonly driver: Driver
  readonly dialect: Dialect
  readonly place: Place
  readonly connection: Connection
  run<T>(work: Work<T>): Promise<T>
  close(): Promise<void>
}

/** @throws UsageError when it cannot be opened */
export async function openSide(address: Address, use: 'read' | 'write'): Promise<Side> {
  const driver = await openAddress(address, use)
  const [dialect, place] = [dialectOf(driver), placeOf(driver)]
  try {
    const connection = await driver.acquire()
    return {
      address,
      driver,
      dialect,
      place,
      connection,
      run: (work) => runAsync(work, connection, { at: 0 }),
      async close() {
        connection.release()
        await driver.close()
      },
    }
  } catch (error) {
    await driver.close()
    throw inWords(error, address)
  }
}

/** What a database says, as an error that the command line prints; anything else as it is. */
export function inWords(error: unknown, address: Address): unknown {
  if (!(error instanceof DriverError)) return error
  if (error.kind === 'busy')
    return new UsageError(`${address.shown} is in use: end whatever has it open, and run the command again`)
  return new UsageError(`${address.shown}: ${withoutSecrets(error.message, address)}`)
}
