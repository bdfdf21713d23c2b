/** What signing in and the credential operations share: finding a user, comparing a password, storing a new one. */

import { systemPrincipal } from '../../../protocol/principal.ts'
import type { Row } from '../../../protocol/rows.ts'
import { forgetResetsOf } from '../../auth/tokens.ts'
import type { AllowedCall, RowChange } from '../../call.ts'
import type { Work } from '../../work.ts'
import type { DatabasePort, Tools } from '../operation.ts'
import { createRow, deleteRow, type EntityCall, updateRow } from '../write.ts'
import { reserveAttempt } from './attempts.ts'

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

/** Compares a password under the limit of attempts; the attempt counts as failed until it is forgiven. */
export async function comparePassword(
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

/**
 * Whether a credential that was compared is still the one that counts. Comparing takes a while, in which another password
 * may be set: the old one must open nothing after that.
 */
export function* isCurrent(call: AllowedCall, tools: Tools, compared: Row | null): Work<boolean> {
  if (compared === null) return false
  const now = yield* findOne(call, tools, 'Credential', { id: compared['id'] })
  return now?.['passwordHash'] === compared['passwordHash']
}

/** The same password under better parameters: nobody's session ends for it. */
export function* replaceHash(
  call: AllowedCall,
  tools: Tools,
  credential: Row,
  passwordHash: string,
): Work<RowChange> {
  return yield* updateRow(asSystem(call, tools, 'Credential'), tools, credential, { passwordHash })
}

/**
 * Writes the hash, ends the user's sessions and makes reset tokens worthless, in one transaction.
 * @param keep the id of a session that goes on
 */
export function* storePassword(
  call: AllowedCall,
  tools: Tools,
  user: Row,
  passwordHash: string,
  { firstLogin, keep = null }: { readonly firstLogin: boolean; readonly keep?: string | null },
): Work<readonly RowChange[]> {
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
  for (const row of open) if (row['id'] !== keep) changes.push(yield* deleteRow(sessions, tools, row))
  yield* forgetResetsOf(user['id'] as string)
  return changes
}

/** The same call as the engine's own actor: what it may do has been decided here. The audit names the caller all the same. */
export function asSystem(call: AllowedCall, tools: Tools, name: string): EntityCall {
  const entity = tools.model.entity(name)
  return {
    ...call,
    entity,
    access: tools.policies.for('system').entity(entity),
    caller: { ...call.caller, principal: systemPrincipal },
  }
}

export function findCredential(call: AllowedCall, tools: Tools, username: string): Work<Row | null> {
  return findOne(call, tools, 'Credential', { username })
}

export function findUser(call: AllowedCall, tools: Tools, username: string): Work<Row | null> {
  return findOne(call, tools, 'User', { username })
}

/** All columns, hidden ones included: what is found here stays inside. */
export function* findOne(call: AllowedCall, tools: Tools, name: string, filter: Row): Work<Row | null> {
  const { access, caller } = asSystem(call, tools, name)
  const [row] = yield* tools.queries.selectForWrite(access, 'read', { filter }, [], caller)
  return row ?? null
}
