/** Every dialect: which of them a driver speaks. */

import type { Driver } from '../drivers/driver.ts'
import { type Dialect, sqliteDialect } from './dialect.ts'
import { mysqlDialects } from './mysql/dialect.ts'
import { postgresDialect } from './postgres/dialect.ts'

const dialects = { sqlite: sqliteDialect, postgres: postgresDialect }

export const dialectOf = ({ dialect, server }: Pick<Driver, 'dialect' | 'server'>): Dialect =>
  dialect === 'mysql' ? mysqlDialects[server ?? 'mariadb'] : dialects[dialect]
