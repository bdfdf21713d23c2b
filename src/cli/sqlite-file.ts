/** An SQLite file that is only looked at. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { DriverError, type ResultSet, type SqlValue, type Statement } from '../drivers/driver.ts'
import { type Terminal, UsageError } from './command.ts'

/** A step, or a question of the schema room: both ask and are answered alike. */
type Questions<T> = Generator<{ statement: Statement; parameters: readonly SqlValue[] }, T, ResultSet>

/**
 * Lends the file for the length of `use`, and writes nothing to it.
 * @throws UsageError when there is no such file, or it is no SQLite database
 */
export async function withFile<R>(
  path: string,
  { folder }: Terminal,
  use: (run: <T>(questions: Questions<T>) => T) => R,
): Promise<R> {
  const full = resolve(folder, path)
  if (!existsSync(full)) throw new UsageError(`There is no file ${full}`)
  // Only here, so that the other commands run where Node has no SQLite.
  const { openNodeSqlite } = await import('../drivers/node-sqlite.ts')
  const { runSync } = await import('../engine/work.ts')
  const { readFile } = await import('node:fs/promises')
  try {
    // A copy in memory: opening the file itself would put it into write-ahead mode.
    const driver = openNodeSqlite(':memory:', { importFile: await readFile(full) })
    try {
      const connection = await driver.acquire()
      return use((questions) => runSync(questions, connection, { at: 0 }))
    } finally {
      await driver.close()
    }
  } catch (error) {
    if (error instanceof DriverError) throw new UsageError(`${full}: ${error.message}`)
    throw error
  }
}
