/** A signed-in user: the row of Session, its pair of tokens, and who the port's caller is from then on. */

import { DBALError } from '../../protocol/error.ts'
import type { Principal, Role } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { AllowedCall, RowChange } from '../call.ts'
import { asSystem, findOne } from '../operations/metabuilder/account.ts'
import type { Tools } from '../operations/operation.ts'
import { createRow, deleteRow, updateRow, visibleRow } from '../operations/write.ts'
import type { Work } from '../work.ts'
import {
  findToken,
  forgetAccessOf,
  forgetTokensOf,
  hashOf,
  newToken,
  putToken,
  spendRefreshOf,
  sweepTokens,
  type Token,
} from './tokens.ts'

/** What a client gets when it has signed in. */
export interface SignedIn {
  readonly user: Row
  readonly accessToken: string
  readonly refreshToken: string
  /** Of the access token, ISO 8601. */
  readonly expiresAt: string
}

export interface SignIn {
  readonly signedIn: SignedIn
  readonly principal: Principal
  /** Of the access token, epoch milliseconds. */
  readonly expiresAt: number
  readonly changes: readonly RowChange[]
}

/**
 * A reply may be lost after its token was spent, and then the same token comes again: within this time it gets another
 * pair. Later it is taken for a stolen one, and its session ends. Milliseconds.
 */
const repeatMs = 10_000

export function refused(reason: 'credentials' | 'token' | 'expired' | 'signed out'): DBALError {
  const messages = {
    credentials: 'The user name or the password is wrong',
    token: 'This token is not valid',
    expired: 'The session has ended; sign in again',
    'signed out': 'Nobody is signed in',
  }
  return new DBALError('UNAUTHORIZED', messages[reason], { reason })
}

/** Opens a session for a user whose password was right. Call it inside the transaction of the call. */
export function* openSession(call: AllowedCall, tools: Tools, user: Row): Work<SignIn> {
  const nowMs = Date.parse(call.caller.now)
  yield* sweepTokens(nowMs)
  const refreshToken = newToken('refresh', tools.random)
  const expiresAt = nowMs + tools.limits.refreshTokenMs
  const change = yield* createRow(
    asSystem(call, tools, 'Session'),
    tools,
    {
      userId: user['id'],
      token: hashOf(refreshToken),
      expiresAt: isoOf(expiresAt),
      lastActivity: call.caller.now,
    },
    '',
  )
  return yield* handOut(call, tools, user, change.id as string, refreshToken, [change])
}

/**
 * A new pair for a refresh token; the pair before it is worth nothing from then on.
 * @throws DBALError UNAUTHORIZED
 */
export function* renewSession(call: AllowedCall, tools: Tools, given: unknown): Work<SignIn> {
  const nowMs = Date.parse(call.caller.now)
  const token = yield* findToken(given, 'refresh', nowMs)
  const found = token && (yield* sessionOf(call, tools, token))
  if (!token || !found || isReused(token, nowMs)) throw refused('token')
  // With the token go those that an earlier use of it has brought: two who go on with one session must meet again.
  yield* spendRefreshOf(found.session['id'] as string, nowMs)
  yield* forgetAccessOf(found.session['id'] as string)
  const refreshToken = newToken('refresh', tools.random)
  const change = yield* updateRow(asSystem(call, tools, 'Session'), tools, found.session, {
    token: hashOf(refreshToken),
    expiresAt: isoOf(nowMs + tools.limits.refreshTokenMs),
    lastActivity: call.caller.now,
  })
  return yield* handOut(call, tools, found.user, found.session['id'] as string, refreshToken, [change])
}

/** A spent refresh token that comes back late: whoever has it, its session is ended. */
export function* endReusedSession(
  call: AllowedCall,
  tools: Tools,
  given: unknown,
): Work<readonly RowChange[]> {
  const nowMs = Date.parse(call.caller.now)
  const token = yield* findToken(given, 'refresh', nowMs)
  if (!token?.sessionId || !isReused(token, nowMs)) return []
  return yield* endSession(call, tools, token.sessionId)
}

/** Who an access token stands for. @throws DBALError UNAUTHORIZED */
export function* resumeSession(
  call: AllowedCall,
  tools: Tools,
  given: unknown,
): Work<{ readonly user: Row; readonly principal: Principal; readonly expiresAt: number }> {
  const token = yield* findToken(given, 'access', Date.parse(call.caller.now))
  const found = token && (yield* sessionOf(call, tools, token))
  if (!token || !found) throw refused('token')
  const principal = principalOf(found.user, found.session['id'] as string)
  return { user: yield* ownRow(call, tools, found.user, principal), principal, expiresAt: token.expiresAt }
}

export function* endSession(call: AllowedCall, tools: Tools, sessionId: string): Work<readonly RowChange[]> {
  yield* forgetTokensOf(sessionId)
  const session = yield* findOne(call, tools, 'Session', { id: sessionId })
  return session ? [yield* deleteRow(asSystem(call, tools, 'Session'), tools, session)] : []
}

/** The user's own row as the user may see it. */
export function* ownRow(call: AllowedCall, tools: Tools, user: Row, principal: Principal): Work<Row> {
  const entity = tools.model.entity('User')
  const access = tools.policies.for(principal.role).entity(entity)
  return yield* visibleRow({ ...call, entity, access, caller: { ...call.caller, principal } }, tools, user)
}

function* handOut(
  call: AllowedCall,
  tools: Tools,
  user: Row,
  sessionId: string,
  refreshToken: string,
  changes: readonly RowChange[],
): Work<SignIn> {
  const nowMs = Date.parse(call.caller.now)
  const accessToken = newToken('access', tools.random)
  const expiresAt = nowMs + tools.limits.accessTokenMs
  const of = { userId: user['id'] as string, sessionId }
  yield* putToken(accessToken, { kind: 'access', ...of, expiresAt })
  yield* putToken(refreshToken, { kind: 'refresh', ...of, expiresAt: nowMs + tools.limits.refreshTokenMs })
  const principal = principalOf(user, sessionId)
  const own = yield* ownRow(call, tools, user, principal)
  return {
    signedIn: { user: own, accessToken, refreshToken, expiresAt: isoOf(expiresAt) },
    principal,
    expiresAt,
    changes,
  }
}

/** The session that a token belongs to, with its user, as long as both are there. */
function* sessionOf(call: AllowedCall, tools: Tools, { sessionId, userId }: Token) {
  const session = sessionId ? yield* findOne(call, tools, 'Session', { id: sessionId }) : null
  const user = session && (yield* findOne(call, tools, 'User', { id: userId }))
  return session && user ? { session, user } : null
}

const isReused = ({ spentAt }: Token, nowMs: number): boolean =>
  spentAt !== null && nowMs - spentAt > repeatMs

function principalOf(user: Row, sessionId: string): Principal {
  return {
    role: user['role'] as Role,
    userId: user['id'] as string,
    username: user['username'] as string,
    email: user['email'] as string,
    sessionId,
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString()
