/**
 * `@metabuilder/dbal/kysely`: everything that is more than a filter. A real Kysely, typed from the schema, whose queries
 * run in the engine under the caller's rules (docs/guide/kysely.md).
 */

import { Kysely, type KyselyConfig } from 'kysely'
import type { ClientCore } from '../client/client.ts'
import type { Schema } from '../schema/define.ts'
import type { KyselyDatabaseOf } from '../schema/infer.ts'
import { TreeDialect } from './dialect.ts'

/** Kysely's own `plugins` and `log`. What is logged as `sql` is the query's tree as JSON. */
export type KyselyOptions = Pick<KyselyConfig, 'plugins' | 'log'>

/**
 * A Kysely whose tables are the entities and whose columns are their fields. It has no connection of its own: it ends with
 * the client, and `destroy()` leaves the client open.
 *
 * Queries reject with DBALError: FORBIDDEN for an entity or field that the caller may not touch, CAPABILITY_NOT_SUPPORTED
 * for what no caller may do by Kysely (raw SQL, DDL, `replace`), VALIDATION_ERROR for what is wrong in itself.
 *
 * @typeParam S `typeof schema`, from the client
 * @throws DBALError VALIDATION_ERROR when it is given no client
 */
export function toKysely<S extends Schema>(
  client: ClientCore<S>,
  options: KyselyOptions = {},
): Kysely<KyselyDatabaseOf<S>> {
  const { plugins, log } = options
  return new Kysely<KyselyDatabaseOf<S>>({
    dialect: new TreeDialect(client as unknown as ClientCore<Schema>),
    ...(plugins && { plugins }),
    ...(log && { log }),
  })
}

// One copy of Kysely in the page: what queries are written with comes from here.
export {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type InferResult,
  type Insertable,
  type Kysely,
  type NotNull,
  type Selectable,
  type SqlBool,
  sql,
  type Transaction,
  type Updateable,
} from 'kysely'
export { jsonArrayFrom, jsonBuildObject, jsonObjectFrom } from 'kysely/helpers/sqlite'
export type { Change } from '../client/live.ts'
export type { LiveSelect } from '../client/origin.ts'
export type { KyselyDatabaseOf } from '../schema/infer.ts'
export { liveQuery } from './live-query.ts'
