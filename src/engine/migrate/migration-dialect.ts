/** What migrations need to know of a dialect, and SQLite's of it. */

import type { DialectName, Statement } from '../../drivers/driver.ts'
import { type Ddl, sqliteDdl } from './ddl.ts'
import { sqliteEngineTables } from './engine-tables.ts'
import { type Inspector, sqliteInspector } from './inspect.ts'

export interface MigrationDialect {
  readonly name: DialectName
  readonly ddl: Ddl
  readonly inspector: Inspector
  /** The texts that create every table of the engine; they do no harm where the tables are. */
  readonly engineTables: readonly string[]
  /** A definition is part of the transaction that it stands in; where it is not, it ends that transaction. */
  readonly isTransactional: boolean
  /** Foreign keys are switched off while tables are replaced, and each migration is checked as a whole instead. */
  readonly switchesForeignKeys: boolean
  /** Held while a database is brought to the schema's version, by one of those that open it at once. */
  readonly lock: { readonly take: Statement; readonly give: Statement } | null
}

export const sqliteMigrations: MigrationDialect = {
  name: 'sqlite',
  ddl: sqliteDdl,
  inspector: sqliteInspector,
  engineTables: sqliteEngineTables,
  isTransactional: true,
  switchesForeignKeys: true,
  // A file has one writer, who looks again when its turn has come.
  lock: null,
}
