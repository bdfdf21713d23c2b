/** Which server this is, and how its sessions are set so that it works as the engine's other databases do. */

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { DBALError } from '../../protocol/error.ts'
import { DriverError } from '../driver.ts'

export interface Server {
  readonly lockWaitRollsBack: boolean
}

/** By code point, case and trailing spaces counting. */
export const collation = 'utf8mb4_nopad_bin'

/** The oldest MariaDB that has all of what the engine uses. */
const oldest = [10, 6] as const

/**
 * @throws DBALError CAPABILITY_NOT_SUPPORTED for MySQL and its other kin
 * @throws DriverError `cantOpen` for a MariaDB that is too old, or that does not keep the case of names
 */
export async function readServer(connection: Connection): Promise<Server> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'select version(), @@innodb_rollback_on_timeout, @@lower_case_table_names',
  )
  const [version, rollsBack, lowerCase] = rows[0] as unknown as [string, number, number]
  if (!/mariadb/i.test(version)) {
    throw new DBALError(
      'CAPABILITY_NOT_SUPPORTED',
      `This server is MySQL ${version}, not MariaDB. The engine uses what MariaDB alone has: "insert … returning", the collation ${collation}, ` +
        'unique keys over long text. Use MariaDB 10.6 or newer, PostgreSQL or SQLite; "dbal copy" moves a database between these',
      { capability: 'mysql' },
    )
  }
  const [major, minor] = oldest
  const [isMajor = 0, isMinor = 0] = (/(\d+)\.(\d+)\.\d+-MariaDB/i.exec(version) ?? []).slice(1).map(Number)
  if (isMajor < major || (isMajor === major && isMinor < minor))
    throw new DriverError(
      'cantOpen',
      'version',
      `MariaDB ${major}.${minor} or newer is needed, this is ${version}`,
    )
  if (lowerCase !== 0)
    throw new DriverError(
      'cantOpen',
      'names',
      'The server must keep the case of table names (lower_case_table_names=0)',
    )
  return { lockWaitRollsBack: rollsBack === 1 }
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

export const sessionSettings: readonly string[] = [
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
    'max_statement_time = 0',
    'max_recursive_iterations = 4294967295',
  ].join(', session ')}`,
]
