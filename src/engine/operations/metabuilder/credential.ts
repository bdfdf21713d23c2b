import { DBALError, invalid } from '../../../protocol/error.ts'
import { builtinOperations } from '../../../protocol/operations.ts'
import { levelOf, type Role, systemPrincipal } from '../../../protocol/principal.ts'
import type { Row } from '../../../protocol/rows.ts'
import type { AllowedCall, Outcome, RowChange } from '../../call.ts'
import { checkPassword } from '../../passwords.ts'
import type { Work } from '../../work.ts'
import type { DatabasePort, Operation, SlowOperation, Tools } from '../operation.ts'
import { createRow, deleteRow, type EntityCall, notFound, updateRow } from '../write.ts'
import { forgiveAttempt, reserveAttempt } from './attempts.ts'

/**
 * The same work for an unknown user as for a known one, so that the time tells nothing: its password is compared with
 * this hash, made once an engine from a password that nobody knows.
 */
const decoys = new WeakMap<Tools, Promise<string>>()

function decoyOf(tools: Tools): Promise<string> {
  let decoy = decoys.get(tools)
  if (!decoy) {
    decoy = tools.passwords.hash(tools.ids.next(0))
    decoys.set(tools, decoy)
  }
  return decoy
}

/** A sign-in attempt: is this the password? Five failures in five minutes close the name for a while. */
const verify: SlowOperation = {
  spec: builtinOperations.Credential.verify,
  arity: [2, 2],
  key: keyOf,
  async prepare(call, tools, port) {
    const [username, password] = call.params
    if (typeof username !== 'string') throw invalid('username', 'must be a string')
    if (typeof password !== 'string') throw invalid('password', 'must be a string')
    const { matches, attempt, credential } = await compare(call, tools, port, username, password)
    return function* () {
      if (matches) yield* forgiveAttempt(attempt)
      const rowIds = credential ? [credential['id']] : []
      return { result: matches, changes: [], attempt: { success: matches, rowIds } }
    }
  },
}

/** Compares a password under the limit of attempts; the attempt counts as failed until it is forgiven. */
async function compare(
  call: AllowedCall,
  tools: Tools,
  port: DatabasePort,
  username: string,
  password: string,
) {
  const nowMs = Date.parse(call.caller.now)
  const { attempt, credential } = await port.transaction(function* () {
    const credential = yield* findCredential(call, tools, username)
    // Under the credential where there is one: a new name does not buy new attempts.
    const subject = credential
      ? `credential:${credential['id']}`
      : `name:${username.slice(0, 255).toLowerCase()}`
    return { attempt: yield* reserveAttempt(subject, nowMs, tools.limits), credential }
  })
  const hash = (credential?.['passwordHash'] as string | undefined) ?? (await decoyOf(tools))
  // A password longer than any that can be set is no match, and not worth hashing.
  const answer = await tools.passwords.verify(password.slice(0, 1_024), hash)
  return { attempt, credential, matches: answer && credential !== null && password.length <= 1_024 }
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
    else await checkCurrent(call, tools, port, user, currentPassword)
    const passwordHash = await tools.passwords.hash(password)
    return function* () {
      // Hashing took a while, in which the user may have gone, been renamed or risen above the caller.
      const current = yield* findUser(call, tools, username)
      if (!current || current['id'] !== user['id']) throw notFound(tools.model.entity('User'), username)
      if (isAdmin) refuseOutranking(call, tools, current, 'set')
      return yield* store(call, tools, current, passwordHash, !own)
    }
  },
}

async function checkCurrent(
  call: AllowedCall,
  tools: Tools,
  port: DatabasePort,
  user: Row,
  current: unknown,
) {
  if (typeof current !== 'string') throw invalid('currentPassword', 'is needed to change one’s own password')
  const { matches, attempt } = await compare(call, tools, port, user['username'] as string, current)
  if (!matches) throw new DBALError('UNAUTHORIZED', 'The current password is wrong', { reason: 'password' })
  await port.transaction(() => forgiveAttempt(attempt))
}

/** Writes the hash and ends the user's sessions, in one transaction. */
function* store(
  call: AllowedCall,
  tools: Tools,
  user: Row,
  passwordHash: string,
  firstLogin: boolean,
): Work<Outcome> {
  const credentials = asSystem(call, tools, 'Credential')
  const sessions = asSystem(call, tools, 'Session')
  const username = user['username']
  const [before] = yield* tools.queries.selectForWrite(
    credentials.access,
    'update',
    { filter: { username } },
    [],
    credentials.caller,
  )
  const changes: RowChange[] = [
    before
      ? yield* updateRow(credentials, tools, before, { passwordHash, firstLogin })
      : yield* createRow(credentials, tools, { username, passwordHash, firstLogin }, ''),
  ]
  const open = yield* tools.queries.selectForWrite(
    sessions.access,
    'delete',
    { filter: { userId: user['id'] } },
    [],
    sessions.caller,
  )
  for (const row of open) changes.push(yield* deleteRow(sessions, tools, row))
  return { result: true, changes }
}

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

/** The same call as the engine's own actor: what it may do has been decided here. The audit names the caller all the same. */
function asSystem(call: AllowedCall, tools: Tools, name: string): EntityCall {
  const entity = tools.model.entity(name)
  return {
    ...call,
    entity,
    access: tools.policies.for('system').entity(entity),
    caller: { ...call.caller, principal: systemPrincipal },
  }
}

function findCredential(call: AllowedCall, tools: Tools, username: string): Work<Row | null> {
  return findOne(call, tools, 'Credential', username)
}

function findUser(call: AllowedCall, tools: Tools, username: string): Work<Row | null> {
  return findOne(call, tools, 'User', username)
}

/** All columns, hidden ones included: what is found here stays inside. */
function* findOne(call: AllowedCall, tools: Tools, name: string, username: string): Work<Row | null> {
  const { access, caller } = asSystem(call, tools, name)
  const [row] = yield* tools.queries.selectForWrite(access, 'read', { filter: { username } }, [], caller)
  return row ?? null
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
