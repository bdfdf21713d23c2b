/** What came back, as the caller gets it: the table of operations says how each result travels. */

import { builtinOperations, databaseOperations, entityOperations, type OperationSpec } from './operations.ts'
import type { BatchCall } from './request.ts'
import { type PackedRows, type Row, unpackRows } from './rows.ts'

type Specs = Readonly<Record<string, OperationSpec>>

const general: Specs = { ...databaseOperations, ...entityOperations }
const builtin: Readonly<Record<string, Specs>> = builtinOperations

export const specOf = ({ method, params }: BatchCall): OperationSpec | undefined =>
  general[method] ?? builtin[String(params[0])]?.[method]

export function unpackResult(call: BatchCall, result: unknown): unknown {
  if (call.method === 'batch') {
    const calls = call.params[0] as readonly BatchCall[]
    return (result as readonly unknown[]).map((one, index) => unpackResult(calls[index] as BatchCall, one))
  }
  const shape = specOf(call)?.result
  if (shape === 'rows') return unpackRows(result as PackedRows)
  if (shape === 'page') return unpackPage(result as { data: PackedRows })
  return result
}

const unpackPage = (page: { data: PackedRows }): { data: Row[] } => ({ ...page, data: unpackRows(page.data) })
