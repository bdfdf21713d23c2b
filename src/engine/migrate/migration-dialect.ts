/** What migrations need to know of a dialect, and SQLite's of it. */

import type { DialectName, DriverError, Statement } from '../../drivers/driver.ts'
import type { DBALError } from '../../protocol/error.ts'
import type { Work } from '../work.ts'
import { type Ddl, sqliteDdl } from './ddl.ts'
import { sqliteEngineTables, sqliteEngineVersion } from './engine-tables.ts'
import { type Inspector, sqliteInspector } from './inspect.ts'
import type { Waiting } from './plan.ts'

export interface MigrationDialect {
  readonly name: DialectName
  readonly ddl: Ddl
  readonly inspector: Inspector
  /** The texts that create every table of the engine; they do no harm where the tables are. */
  readonly engineTables: readonly string[]
  /** What the database's user must be given for them, where that is why they were refused; absent where nothing is known. */
  lacking?(error: DriverError): DBALError | undefined
  /** Raised with every change of these texts: a database of an earlier one gets them at its next opening. */
  readonly engineVersion: number
  /** A definition is part of the transaction that it stands in; where it is not, it ends that transaction. */
  readonly isTransactional: boolean
  /** Foreign keys are switched off while tables are replaced, and each migration is checked as a whole instead. */
  readonly switchesForeignKeys: boolean
  /** Foreign keys that stand beside their tables and are made and taken away by themselves; null where tables have them. */
  readonly apartReferences: ApartReferences | null
  /** Where what renames a column must be read from the database; absent where `ddl` knows it. */
  renameColumnTexts?(entity: string, from: string, to: string): Work<readonly string[]>
  /** Held while a database is brought to the schema's version, by one of those that open it at once. */
  readonly lock: { readonly take: Statement; readonly give: Statement } | null
}

export interface ApartReferences {
  /** Each has a name of its own among those of all tables, made of its table's and field's. */
  readonly isNamed: boolean
  /** What makes one, from the tables as they are; absent where `ddl` knows it. */
  createTexts?(reference: Waiting): Work<readonly string[]>
  /** What takes the foreign key of a field away, whether the database keeps it or triggers do. */
  dropTexts(entity: string, field: string): Work<readonly string[]>
}

export const sqliteMigrations: MigrationDialect = {
  name: 'sqlite',
  ddl: sqliteDdl,
  inspector: sqliteInspector,
  engineTables: sqliteEngineTables,
  engineVersion: sqliteEngineVersion,
  isTransactional: true,
  switchesForeignKeys: true,
  apartReferences: null,
  // A file has one writer, who looks again when its turn has come.
  lock: null,
}
