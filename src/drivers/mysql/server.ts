/** Which server this is, and how its sessions are set so that it works as the engine's other databases do. */

import type { Connection, RowDataPacket } from 'mysql2/promise'
import { DBALError } from '../../protocol/error.ts'
import { DriverError, type MysqlServerName } from '../driver.ts'

export interface Server {
  readonly name: MysqlServerName
  readonly lockWaitRollsBack: boolean
  /** By code point, case and trailing spaces counting. */
  readonly collation: string
}

interface Kind {
  readonly title: string
  /** The oldest version that has all of what the engine uses. */
  readonly oldest: readonly [major: number, minor: number]
  readonly collation: string
  /** Settings of a session that this server alone has. */
  readonly settings: readonly string[]
}

const kinds: { readonly [Name in MysqlServerName]: Kind } = {
  mariadb: {
    title: 'MariaDB',
    oldest: [10, 6],
    collation: 'utf8mb4_nopad_bin',
    settings: ['max_statement_time = 0', 'max_recursive_iterations = 4294967295'],
  },
  mysql: {
    title: 'MySQL',
    oldest: [8, 4],
    collation: 'utf8mb4_0900_bin',
    settings: [
      'max_execution_time = 0',
      'cte_max_recursion_depth = 4294967295',
      // Sizes of tables as they are.
      'information_schema_stats_expiry = 0',
    ],
  },
}

/** What speaks MySQL's protocol and calls itself of its versions, and is another server. */
const others = /tidb|vitess|oceanbase|singlestore|doris|starrocks/i

/**
 * @throws DBALError CAPABILITY_NOT_SUPPORTED for what is neither MariaDB nor MySQL
 * @throws DriverError `cantOpen` for a version that is too old, or a server that does not keep the case of names
 */
export async function readServer(connection: Connection): Promise<Server> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'select version(), @@innodb_rollback_on_timeout, @@lower_case_table_names',
  )
  const [version, rollsBack, lowerCase] = rows[0] as unknown as [string, number, number]
  if (others.test(version))
    throw new DBALError(
      'CAPABILITY_NOT_SUPPORTED',
      `This server is ${version}, neither MySQL nor MariaDB, and does not do all that they do. ` +
        'Use MySQL 8.4 or newer, MariaDB 10.6 or newer, PostgreSQL or SQLite',
      { capability: 'mysql' },
    )
  const name = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const { title, oldest, collation } = kinds[name]
  const [major, minor] = oldest
  const digits = (name === 'mariadb' ? /(\d+)\.(\d+)\.\d+-MariaDB/i : /^(\d+)\.(\d+)\./).exec(version)
  const [isMajor = 0, isMinor = 0] = (digits ?? []).slice(1).map(Number)
  if (isMajor < major || (isMajor === major && isMinor < minor))
    throw new DriverError(
      'cantOpen',
      'version',
      `${title} ${major}.${minor} or newer is needed, this is ${version}`,
    )
  if (lowerCase !== 0)
    throw new DriverError(
      'cantOpen',
      'names',
      'The server must keep the case of table names (lower_case_table_names=0)',
    )
  return { name, lockWaitRollsBack: rollsBack === 1, collation }
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

export const sessionSettings = ({ name, collation }: Server): readonly string[] => [
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
    ...kinds[name].settings,
  ].join(', session ')}`,
]
