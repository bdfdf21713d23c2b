/** Step 1: from a request as it came to a call that names an operation. */

import { invalid } from '../protocol/error.ts'
import type { Request } from '../protocol/request.ts'
import type { Call } from './call.ts'
import type { Model } from './model.ts'
import type { Operation } from './operations/operation.ts'

/** The operations of an engine: by method, or by entity and method. */
export interface OperationTable {
  readonly database: ReadonlyMap<string, Operation>
  readonly everyEntity: ReadonlyMap<string, Operation>
  readonly ofEntity: ReadonlyMap<string, ReadonlyMap<string, Operation>>
}

/** @throws DBALError VALIDATION_ERROR for an unknown method or entity or a wrong number of parameters */
export function decode(
  request: Request,
  origin: Pick<Call, 'caller' | 'port' | 'startedAt'>,
  table: OperationTable,
  model: Model,
): Call {
  const { id, method, params } = request
  const call = { ...origin, requestId: id, method }
  const database = table.database.get(method)
  if (database) {
    checkArity(database, method, params.length)
    return { ...call, operation: database, entity: null, params }
  }
  if (!table.everyEntity.has(method) && ![...table.ofEntity.values()].some((own) => own.has(method))) {
    throw invalid('method', `${JSON.stringify(method.slice(0, 80))} is not an operation`)
  }
  const entity = model.entity(params[0])
  const operation = table.ofEntity.get(entity.name)?.get(method) ?? table.everyEntity.get(method)
  if (!operation) throw invalid('method', `${entity.name} has no operation ${method}`)
  checkArity(operation, method, params.length - 1)
  return { ...call, operation, entity, params: params.slice(1) }
}

function checkArity({ arity: [least, most] }: Operation, method: string, count: number): void {
  if (count >= least && count <= most) return
  const wanted = least === most ? String(least) : `${least} to ${most}`
  throw invalid('params', `${method} takes ${wanted} parameters, ${count} were given`)
}
