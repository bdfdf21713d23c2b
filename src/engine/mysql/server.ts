/** The two servers that speak this dialect, and in what their words differ. */

import type { MysqlServerName } from '../../drivers/driver.ts'
import { type Folding, mariaDbFolding, mysql8Folding } from './folding.ts'

export interface MysqlServer {
  readonly name: MysqlServerName
  readonly title: string
  readonly folding: Folding
  /** Of text, 32 hexadecimal digits. */
  hash(expression: string): string
}

export const mariaDb: MysqlServer = {
  name: 'mariadb',
  title: 'MariaDB',
  folding: mariaDbFolding,
  hash: (expression) => `md5(${expression})`,
}

/** It has no `md5` any more, from version 9.6 on. */
export const mysql: MysqlServer = {
  name: 'mysql',
  title: 'MySQL',
  folding: mysql8Folding,
  hash: (expression) => `left(sha2(${expression}, 256), 32)`,
}
