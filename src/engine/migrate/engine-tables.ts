/**
 * The engine's own tables. They stand beside the user's under names that no entity may have, and have a version of their
 * own, because they change with the package and not with the schema.
 */

import { DriverError, type Statement } from '../../drivers/driver.ts'
import { ask, type Work } from '../work.ts'
import { definition } from './ddl.ts'
import type { MigrationDialect } from './migration-dialect.ts'

/** Of SQLite's. 1 — first. */
export const sqliteEngineVersion = 1

/** The texts that create every table of the engine; they do no harm where the tables are. */
export const sqliteEngineTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS "_dbal_meta" (
  "key" TEXT PRIMARY KEY NOT NULL,
  "value" TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS "_dbal_migrations" (
  "version" INTEGER PRIMARY KEY,
  "name" TEXT NOT NULL,
  "checksum" TEXT NOT NULL,
  "up" TEXT NOT NULL CHECK (json_valid("up")),
  "down" TEXT NOT NULL CHECK (json_valid("down")),
  "appliedAt" TEXT NOT NULL,
  "generated" INTEGER NOT NULL CHECK ("generated" IN (0, 1))
) STRICT`,
  `CREATE TABLE IF NOT EXISTS "_dbal_audit" (
  "seq" INTEGER PRIMARY KEY,
  "at" TEXT NOT NULL,
  "userId" TEXT,
  "username" TEXT,
  "role" TEXT NOT NULL,
  "sessionId" TEXT,
  "guest" TEXT,
  "entity" TEXT,
  "operation" TEXT NOT NULL,
  "rowIds" TEXT NOT NULL,
  "rowCount" INTEGER NOT NULL,
  "rowsDigest" TEXT,
  "success" INTEGER NOT NULL,
  "code" TEXT,
  "durationMs" REAL NOT NULL,
  "changes" TEXT,
  "requestId" ANY,
  "salt" TEXT NOT NULL,
  "prevHash" TEXT NOT NULL,
  "hash" TEXT NOT NULL
) STRICT`,
  `CREATE TRIGGER IF NOT EXISTS "_dbal_audit_no_update" BEFORE UPDATE ON "_dbal_audit"
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  `CREATE TRIGGER IF NOT EXISTS "_dbal_audit_no_delete" BEFORE DELETE ON "_dbal_audit"
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  // INSERT OR REPLACE would remove a row without the trigger above.
  `CREATE TRIGGER IF NOT EXISTS "_dbal_audit_no_replace" BEFORE INSERT ON "_dbal_audit"
WHEN NEW."seq" <= (SELECT max("seq") FROM "_dbal_audit")
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  `CREATE TABLE IF NOT EXISTS "_dbal_outcomes" (
  "client" TEXT NOT NULL,
  "slot" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  "replies" TEXT NOT NULL,
  PRIMARY KEY ("client", "slot")
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS "_dbal_attempts" (
  "subject" TEXT NOT NULL,
  "at" INTEGER NOT NULL
) STRICT`,
  `CREATE INDEX IF NOT EXISTS "_dbal_attempts_subject" ON "_dbal_attempts" ("subject", "at")`,
  `CREATE TABLE IF NOT EXISTS "_dbal_tokens" (
  "hash" TEXT PRIMARY KEY NOT NULL,
  "kind" TEXT NOT NULL CHECK ("kind" IN ('access', 'refresh', 'reset')),
  "userId" TEXT NOT NULL,
  "sessionId" TEXT,
  "expiresAt" INTEGER NOT NULL,
  "spentAt" INTEGER
) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_session" ON "_dbal_tokens" ("sessionId")`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_user" ON "_dbal_tokens" ("userId")`,
  `CREATE INDEX IF NOT EXISTS "_dbal_tokens_expiry" ON "_dbal_tokens" ("expiresAt")`,
]

/** Creates the engine's tables inside the caller's transaction; those that are there stay, and what stands beside them is made anew. */
export function* createEngineTables(dialect: MigrationDialect): Work<void> {
  const { engineTables, engineVersion } = dialect
  try {
    for (const text of engineTables) yield* ask(definition(text), [])
  } catch (error) {
    throw (error instanceof DriverError && dialect.lacking?.(error)) || error
  }
  yield* ask(putMeta, ['engine', String(engineVersion)])
}

const recorded: Statement = {
  sql: `SELECT EXISTS (SELECT 1 FROM main."_dbal_audit") OR EXISTS (SELECT 1 FROM main."_dbal_migrations") OR EXISTS (SELECT 1 FROM main."_dbal_outcomes")`,
  columns: ['integer'],
  once: true,
}
const tables = [
  '_dbal_tokens',
  '_dbal_attempts',
  '_dbal_outcomes',
  '_dbal_audit',
  '_dbal_migrations',
  '_dbal_meta',
]

/**
 * Takes the engine's tables out of the database, inside the caller's transaction, as long as they hold nothing that is
 * worth keeping: a file of somebody else's making that was only read is given back without them.
 * @returns whether they are gone; `createEngineTables` must then run before the next call
 */
export function* dropUnusedEngineTables({ ddl }: MigrationDialect): Work<boolean> {
  if ((yield* ask(recorded, [])).values[0] === 1) return false
  for (const name of tables) yield* ask(definition(ddl.dropTable(name)), [])
  return true
}

export const putMeta = {
  sql: 'INSERT INTO main."_dbal_meta" ("key", "value") VALUES (?, ?) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value"',
  columns: [],
} as const
