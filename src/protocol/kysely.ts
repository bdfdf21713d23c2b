/**
 * A Kysely query as it travels: its operation node tree as JSON text, the values beside it. A caller sends the tree once;
 * the engine answers with a number for its shape, and the next query of the same shape is that number and its values.
 *
 * In the tree a value is a place in `params`: `{ "kind": "ValueNode", "param": 3 }`, and a list of values is a run of
 * them: `{ "kind": "PrimitiveValueListNode", "param": 3, "count": 2 }`. Values that Kysely prints into the text
 * (`immediate`) stay in the tree: `{ "kind": "ValueNode", "value": 1, "immediate": true }`.
 */

import type { PackedRows } from './rows.ts'

export type KyselyQuery =
  | { readonly tree: string; readonly params: readonly unknown[] }
  | { readonly shape: number; readonly params: readonly unknown[] }

export interface KyselyResult {
  /** Valid for this caller until it is answered with `unknownShape`, which also comes after a reconnection. */
  readonly shape: number
  readonly rows: PackedRows
  /** Of INSERT, UPDATE and DELETE: rows that were written. */
  readonly affected?: number
}

/** The reply to a shape number that the engine does not know (any more): nothing was run, send the tree. */
export interface UnknownShape {
  readonly unknownShape: true
}
