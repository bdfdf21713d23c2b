/** Which server this is, and how its sessions are set so that it works as the engine's other databases do. */

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { DriverError } from '../driver.ts'

export interface Server {
  readonly isMariaDb: boolean
  /** By code point, case and trailing spaces counting. */
  readonly collation: 'utf8mb4_nopad_bin' | 'utf8mb4_0900_bin'
  readonly lockWaitRollsBack: boolean
}

/** The oldest ones known to have what is needed: window functions, CHECK, recursive queries, savepoints. */
const oldest = { MariaDB: [10, 6], MySQL: [8, 0] } as const

/** @throws DriverError `cantOpen` for a server that is too old */
export async function readServer(connection: Connection): Promise<Server> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'select version(), @@innodb_rollback_on_timeout, @@lower_case_table_names',
  )
  const [version, rollsBack, lowerCase] = rows[0] as unknown as [string, number, number]
  const isMariaDb = /mariadb/i.test(version)
  const name = isMariaDb ? 'MariaDB' : 'MySQL'
  const [major, minor] = oldest[name]
  const [isMajor = 0, isMinor = 0] = (/(\d+)\.(\d+)\.\d+(?:-MariaDB)?/i.exec(version) ?? [])
    .slice(1)
    .map(Number)
  if (isMajor < major || (isMajor === major && isMinor < minor))
    throw new DriverError(
      'cantOpen',
      'version',
      `${name} ${major}.${minor} or newer is needed, this is ${version}`,
    )
  if (lowerCase !== 0)
    throw new DriverError(
      'cantOpen',
      'names',
      'The server must keep the case of table names (lower_case_table_names=0)',
    )
  return {
    isMariaDb,
    collation: isMariaDb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin',
    lockWaitRollsBack: rollsBack === 1,
  }
}

/**
 * - `ANSI_QUOTES` and `PIPES_AS_CONCAT`: quotes and `||` mean what they mean elsewhere;
 * - `NO_BACKSLASH_ESCAPES`: a backslash is a character like any other;
 * - `STRICT_ALL_TABLES`: a value that does not fit is refused and not bent;
 * - without `ERROR_FOR_DIVISION_BY_ZERO`: a division by zero is null, in a write too.
 */
const mode = [
  'ANSI_QUOTES',
  'PIPES_AS_CONCAT',
  'NO_BACKSLASH_ESCAPES',
  'STRICT_ALL_TABLES',
  'NO_ENGINE_SUBSTITUTION',
  'NO_AUTO_VALUE_ON_ZERO',
]

export function sessionSettings({ isMariaDb, collation }: Server): readonly string[] {
  const ownNames = isMariaDb
    ? ['max_statement_time = 0', 'max_recursive_iterations = 4294967295']
    : ['max_execution_time = 0', 'cte_max_recursion_depth = 4294967295']
  return [
    `set names utf8mb4 collate ${collation}`,
    'set session transaction isolation level read committed',
    `set ${[
      `session sql_mode = '${mode.join(',')}'`,
      "time_zone = '+00:00'",
      'autocommit = 1',
      'foreign_key_checks = 1',
      'unique_checks = 1',
      'sql_auto_is_null = 0',
      'innodb_lock_wait_timeout = 30',
      'default_storage_engine = InnoDB',
      // JSON aggregates are cut off at this length.
      'group_concat_max_len = 4294967295',
      ...ownNames,
    ].join(', session ')}`,
  ]
}
