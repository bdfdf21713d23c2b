/** The public face: what a page imports. Workers, Kysely, React and the daemon are subpaths. */

export type {
  AuditEntry,
  AuditFilter,
  AuditHead,
  AuditListOptions,
  AuditVerification,
} from './client/audit.ts'
export type { TreeNode } from './client/builtin.ts'
export { DBALClient, type MetabuilderSchema } from './client/client.ts'
export type { ClientEvents } from './client/connection.ts'
export type { Capabilities, Integrity, Stats } from './client/database.ts'
export type { BatchOf, EntityHandle } from './client/entity.ts'
export { getDBALClient } from './client/get-client.ts'
export { introspect } from './client/introspect.ts'
export type { Change } from './client/live.ts'
export type { MigrationStatus } from './client/migrations.ts'
export type { TransactionOptions } from './client/open-transaction.ts'
export type {
  ClientOptions,
  ClientSession,
  ClientUser,
  MigrationSource,
  OpenFileOptions,
  Transport,
} from './client/options.ts'
export type { SqlParameter, SqlRows, SqlSurface } from './client/sql.ts'
export type { Transaction } from './client/transaction.ts'
export { DBALError, DBALErrorCode, type ErrorDetails, type Issue } from './protocol/error.ts'
export type { Persistence, Ready } from './protocol/event.ts'
export type { Explained, ExplainedStatement, PlanNode } from './protocol/explain.ts'
export type { Role } from './protocol/principal.ts'
export { defineSchema, type EntityRule, type Schema } from './schema/define.ts'
export { f } from './schema/fields.ts'
export type {
  AggregateOptionsOf,
  AnySchema,
  EntityName,
  FilterOf,
  IdOf,
  IncludedOf,
  IncludeOf,
  InsertOf,
  ListOptionsOf,
  Page,
  RowOf,
  SearchOptionsOf,
  SnippetPart,
  SortOf,
  UpdateOf,
} from './schema/infer.ts'
export type { EntityData, FieldData, JsonValue, RuleData, SchemaData } from './schema/schema.ts'
