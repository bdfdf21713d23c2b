/** SQL text, for supergods of a database that takes it. */

import type { PlanNode } from '../protocol/explain.ts'
import { type Row, unpackRows } from '../protocol/rows.ts'
import type { SqlPlan, SqlResult } from '../protocol/sql.ts'
import { copyArguments } from './arguments.ts'
import type { Connection } from './connection.ts'

export type SqlParameter = string | number | bigint | boolean | Uint8Array | null

export interface SqlRows {
  /** In the order of the query. Of two with one name the second is called `name:1`. */
  readonly columns: readonly string[]
  /** Values as they are stored: a boolean is 0 or 1, json a text. */
  readonly rows: readonly Row[]
}

export interface SqlSurface {
  /**
   * Runs one statement that reads, past all rules.
   * @param text with `?` for each of the values; never put a value into it
   * @throws DBALError CAPABILITY_NOT_SUPPORTED where it is not switched on (`security: { rawSql: true }`), FORBIDDEN for
   * other roles and for what no text may touch, VALIDATION_ERROR for what is no SQL
   */
  query(text: string, parameters?: readonly SqlParameter[]): Promise<SqlRows>
  /** How the database would go about it: it is not run. */
  query(
    text: string,
    parameters: readonly SqlParameter[] | undefined,
    options: { readonly explain: true },
  ): Promise<{ readonly plan: readonly PlanNode[] }>
}

export function sqlSurface(connection: Connection): SqlSurface {
  async function query(
    text: string,
    parameters: readonly SqlParameter[] = [],
    options?: { readonly explain: true },
  ): Promise<unknown> {
    const call = copyArguments(options ? [text, parameters, options] : [text, parameters])
    const result = (await connection.call('sql', call)) as SqlResult | SqlPlan
    return 'plan' in result ? result : { columns: result.rows.fields, rows: unpackRows(result.rows) }
  }
  return { query: query as SqlSurface['query'] }
}
