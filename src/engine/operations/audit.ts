/** Reading the audit log. Written it is by every step that has something to record. */

import { DBALError } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { Role } from '../../protocol/principal.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { ReaderAccess } from '../audit/list.ts'
import { requireRole } from '../authorize.ts'
import { type AllowedCall, answer } from '../call.ts'
import type { Work } from '../work.ts'
import type { QuickOperation, Tools } from './operation.ts'

type Read = (log: AuditLog, options: unknown, access: ReaderAccess) => Work<unknown>

function operation(
  method: 'audit.list' | 'audit.verify' | 'audit.head' | 'audit.export',
  least: Role,
  read: Read,
): QuickOperation {
  return {
    spec: databaseOperations[method],
    arity: [0, 1],
    *run(call, tools) {
      requireRole(call, least, tools.policies)
      if (!tools.audit) {
        throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'The audit log is switched off', {
          capability: 'audit',
        })
      }
      return answer(yield* read(tools.audit, call.params[0], readerAccess(call, tools)))
    },
  }
}

function readerAccess(call: AllowedCall, { model, policies }: Tools): ReaderAccess {
  const { role } = call.caller.principal
  const policy = policies.for(role)
  return (name) => {
    if (name === null) return role === 'supergod' ? 'whole' : undefined
    const entity = model.entities.get(name)
    return entity && policy.entity(entity)
  }
}

export const auditTable: Readonly<Record<string, QuickOperation>> = {
  'audit.list': operation('audit.list', 'admin', (log, options, access) => log.list(options, access)),
  'audit.verify': operation('audit.verify', 'admin', (log, options) => log.verify(options)),
  'audit.head': operation('audit.head', 'admin', (log) => log.head()),
  'audit.export': operation('audit.export', 'god', (log, options, access) =>
    log.exportLines(options, access),
  ),
}
