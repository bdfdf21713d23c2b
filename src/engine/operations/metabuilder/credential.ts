import { DBALError, invalid } from '../../../protocol/error.ts'
import { builtinOperations } from '../../../protocol/operations.ts'
import { levelOf, type Role } from '../../../protocol/principal.ts'
import type { Row } from '../../../protocol/rows.ts'
import type { AllowedCall } from '../../call.ts'
import { checkPassword } from '../../passwords.ts'
import type { Work } from '../../work.ts'
import type { DatabasePort, Operation, SlowOperation, Tools } from '../operation.ts'
import { notFound, updateRow } from '../write.ts'
import { asSystem, comparePassword, findCredential, findUser, isCurrent, storePassword } from './account.ts'
import { forgiveAttempt } from './attempts.ts'

/** A sign-in attempt: is this the password? Five failures in five minutes close the name for a while. */
const verify: SlowOperation = {
  spec: builtinOperations.Credential.verify,
  arity: [2, 2],
  key: keyOf,
  async prepare(call, tools, port) {
    const [username, password] = call.params
    if (typeof username !== 'string') throw invalid('username', 'must be a string')
    if (typeof password !== 'string') throw invalid('password', 'must be a string')
    const { matches, attempt, credential } = await comparePassword(call, tools, port, username, password)
    return function* () {
      if (matches) yield* forgiveAttempt(attempt)
      const rowIds = credential ? [credential['id']] : []
      return { result: matches, changes: [], attempt: { success: matches, rowIds } }
    }
  },
}

/** `{ username, password, currentPassword? }`: one's own with the old password, or as admin and above under the rule against escalation. */
const set: SlowOperation = {
  spec: builtinOperations.Credential.set,
  arity: [1, 1],
  key: keyOf,
  async prepare(call, tools, port) {
    const { username, password, currentPassword } = readSet(call)
    checkPassword(password)
    const { principal } = call.caller
    const user = await port.run(() => findUser(call, tools, username))
    const own = user !== null && user['id'] === principal.userId
    const isAdmin = !tools.policies.enforced || levelOf(principal.role) >= levelOf('admin')
    if (!own && !isAdmin) throw denied('set')
    if (!user) throw notFound(tools.model.entity('User'), username)
    if (isAdmin) refuseOutranking(call, tools, user, 'set')
    const compared = isAdmin ? null : await checkCurrent(call, tools, port, user, currentPassword)
    const passwordHash = await tools.passwords.hash(password)
    return function* () {
      // Hashing took a while, in which the user may have gone, been renamed or risen above the caller.
      const current = yield* findUser(call, tools, username)
      if (!current || current['id'] !== user['id']) throw notFound(tools.model.entity('User'), username)
      if (isAdmin) refuseOutranking(call, tools, current, 'set')
      else if (!(yield* isCurrent(call, tools, compared))) throw wrongPassword()
      const changes = yield* storePassword(call, tools, current, passwordHash, { firstLogin: !own })
      return { result: true, changes }
    }
  },
}

async function checkCurrent(
  call: AllowedCall,
  tools: Tools,
  port: DatabasePort,
  user: Row,
  current: unknown,
): Promise<Row | null> {
  if (typeof current !== 'string') throw invalid('currentPassword', 'is needed to change one’s own password')
  const username = user['username'] as string
  const { matches, attempt, credential } = await comparePassword(call, tools, port, username, current)
  if (!matches) throw wrongPassword()
  await port.transaction(() => forgiveAttempt(attempt))
  return credential
}

const wrongPassword = (): DBALError =>
  new DBALError('UNAUTHORIZED', 'The current password is wrong', { reason: 'password' })

const firstLogin: Operation = {
  spec: builtinOperations.Credential.firstLogin,
  arity: [1, 1],
  *run(call, tools) {
    const credential = yield* allowedCredential(call, tools, 'firstLogin')
    return { result: credential['firstLogin'], changes: [] }
  },
}

/** `setFirstLogin(username, value = false)` */
const setFirstLogin: Operation = {
  spec: builtinOperations.Credential.setFirstLogin,
  arity: [1, 2],
  *run(call, tools) {
    const [, value = false] = call.params
    if (typeof value !== 'boolean') throw invalid('firstLogin', 'must be true or false')
    const before = yield* allowedCredential(call, tools, 'setFirstLogin')
    const change = yield* updateRow(asSystem(call, tools, 'Credential'), tools, before, { firstLogin: value })
    return { result: true, changes: before['firstLogin'] === value ? [] : [change] }
  },
}

/** The credential that a call names, for the user themself or for who ranks high enough. */
function* allowedCredential(call: AllowedCall, tools: Tools, operation: string): Work<Row> {
  const [username] = call.params
  if (typeof username !== 'string') throw invalid('username', 'must be a string')
  const user = yield* findUser(call, tools, username)
  const own = user !== null && user['id'] === call.caller.principal.userId
  const isAdmin = !tools.policies.enforced || levelOf(call.caller.principal.role) >= levelOf('admin')
  if (!own && !isAdmin) throw denied(operation)
  const credential = yield* findCredential(call, tools, username)
  if (!user || !credential) throw notFound(tools.model.entity('Credential'), username)
  if (isAdmin) refuseOutranking(call, tools, user, operation)
  return credential
}

function readSet(call: AllowedCall): { username: string; password: string; currentPassword?: unknown } {
  const [input] = call.params
  if (typeof input !== 'object' || input === null)
    throw invalid('', 'set takes { username, password, currentPassword? }')
  for (const name of Object.keys(input)) {
    if (name !== 'username' && name !== 'password' && name !== 'currentPassword')
      throw invalid(name, 'is not known')
  }
  const { username } = input as { username?: unknown }
  if (typeof username !== 'string') throw invalid('username', 'must be a string')
  return input as { username: string; password: string; currentPassword?: unknown }
}

/** Calls for one name wait for each other. */
function keyOf(call: AllowedCall): string {
  const [first] = call.params
  const username =
    typeof first === 'object' && first !== null ? (first as { username?: unknown }).username : first
  return `credential:${typeof username === 'string' ? username.toLowerCase() : ''}`
}

function refuseOutranking(call: AllowedCall, tools: Tools, user: Row, operation: string): void {
  const outranks = levelOf(user['role'] as Role) > levelOf(call.caller.principal.role)
  if (outranks && tools.policies.enforced) throw denied(operation)
}

function denied(operation: string): DBALError {
  return new DBALError('FORBIDDEN', `No rule allows this role to ${operation} this Credential`, {
    entity: 'Credential',
    operation,
  })
}

export const credentialOperations: Record<string, Operation> = { verify, set, firstLogin, setFirstLogin }
