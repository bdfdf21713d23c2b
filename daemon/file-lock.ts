/**
 * One daemon for a file. SQLite would keep the writes of two apart, but neither would hear what the other changes: live
 * results, kept results and signed-out users would stay as they were.
 */

import { existsSync, realpathSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { DBALError } from '../src/protocol/error.ts'

/**
 * Holds `<path>-daemon`, an empty file beside the database itself (not beside a link to it), by a lock that ends with the process however it ends. Others may
 * still read and back up the database.
 * @returns lets go of it; the file stays, since one that is removed could be held by two
 * @throws DBALError DATABASE_ERROR when another daemon has it; SQLite's error where the folder cannot be written
 */
export function holdFile(path: string): () => void {
  if (path === ':memory:' || path === '') return () => {}
  const own = existsSync(path) ? realpathSync(path) : path
  const lock = new DatabaseSync(`${own}-daemon`, { timeout: 0 })
  try {
    // Without a journal's file: nothing is ever written.
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: unknown }).errcode !== 5) throw error
    const message =
      'database.url: another daemon has this file open; end it first, or use PostgreSQL for several'
    throw new DBALError('DATABASE_ERROR', message, { reason: 'busy' }, { cause: error })
  }
  return () => lock.close()
}
