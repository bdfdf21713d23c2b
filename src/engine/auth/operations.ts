/** Signing in and out, and what a user does with their own password. One service for every host. */

import { DBALError } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import { publicPrincipal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { AllowedCall, Outcome } from '../call.ts'
import {
  asSystem,
  comparePassword,
  findOne,
  isCurrent,
  replaceHash,
  storePassword,
} from '../operations/metabuilder/account.ts'
import { forgiveAttempt, reserveAttempt } from '../operations/metabuilder/attempts.ts'
import type { Operation, QuickOperation, SlowOperation } from '../operations/operation.ts'
import { createRow } from '../operations/write.ts'
import { checkPassword } from '../passwords.ts'
import type { Work } from '../work.ts'
import { readSignIn, readTexts, turnOf } from './input.ts'
import {
  endReusedSession,
  endSession,
  openSession,
  ownRow,
  refused,
  renewSession,
  resumeSession,
  type SignIn,
} from './sign-in.ts'
import { findToken, forgetResetsOf, newToken, putToken, takeToken } from './tokens.ts'

const specs = databaseOperations

/** `{ username | email, password }` → user and tokens. The same answer for an unknown user, after the same work. */
const login: SlowOperation = {
  spec: specs['auth.login'],
  arity: [1, 1],
  key: ({ params }) => `auth:${turnOf(params[0], ['username', 'email'])}`,
  async prepare(call, tools, port) {
    const { filter, name, password } = readSignIn(call.params[0])
    const found = await port.run(() => findOne(call, tools, 'User', filter))
    const username = (found?.['username'] as string | undefined) ?? name
    const { matches, attempt, credential } = await comparePassword(call, tools, port, username, password)
    if (!matches || !found) return refuse(refused('credentials'))
    const { passwords } = tools
    const isOutdated = passwords.isOutdated(credential?.['passwordHash'] as string)
    const newHash = isOutdated ? await passwords.hash(password) : null
    return function* () {
      yield* forgiveAttempt(attempt)
      // Comparing took a while, in which the user may have been renamed or gone, or another password set.
      const user = yield* findOne(call, tools, 'User', { id: found['id'] })
      if (!user || !(yield* isCurrent(call, tools, credential))) throw refused('credentials')
      const renewed = newHash ? [yield* replaceHash(call, tools, credential as Row, newHash)] : []
      const signIn = yield* openSession(call, tools, user)
      return signedInAs(call, { ...signIn, changes: [...renewed, ...signIn.changes] }, { attempt: true })
    }
  },
}

/** `{ username, email, password }` → as `login`, for a new user of role `user`. */
const register: SlowOperation = {
  spec: specs['auth.register'],
  arity: [1, 1],
  async prepare(call, tools) {
    const { username, email, password } = readTexts(call.params[0], ['username', 'email', 'password'])
    if (!tools.registration) {
      throw new DBALError('FORBIDDEN', 'Registration is closed; ask an administrator for an account', {
        operation: 'auth.register',
      })
    }
    checkPassword(password)
    // Told before the password is hashed, so that bad input costs nothing.
    tools.validators.create(tools.model.entity('User'), { username, email }, '')
    const passwordHash = await tools.passwords.hash(password)
    return function* () {
      const created = yield* createRow(asSystem(call, tools, 'User'), tools, { username, email }, '')
      const user = created.after as Row
      const stored = yield* storePassword(call, tools, user, passwordHash, { firstLogin: false })
      const signIn = yield* openSession(call, tools, user)
      return signedInAs(call, { ...signIn, changes: [created, ...stored, ...signIn.changes] })
    }
  },
}

/** `{ refreshToken }` → a new pair. A token that was used long before ends its session: somebody else has it too. */
const refresh: SlowOperation = {
  spec: specs['auth.refresh'],
  arity: [1, 1],
  key: ({ params }) => `refresh:${turnOf(params[0], ['refreshToken'])}`,
  async prepare(call, tools, port) {
    const { refreshToken } = readTexts(call.params[0], ['refreshToken'])
    // Ended in a transaction of its own: the refusal that follows undoes the call's.
    const ended = await port.transaction(function* () {
      const changes = yield* endReusedSession(call, tools, refreshToken)
      yield* tools.announce({ changes, touched: [] })
      return changes
    })
    if (ended.length > 0) await port.publish(ended)
    return function* () {
      return signedInAs(call, yield* renewSession(call, tools, refreshToken))
    }
  },
}

/** `{ token, userId? }` → `{ user, expiresAt }`: acts for that user from now on. */
const resume: QuickOperation = {
  spec: specs['auth.resume'],
  arity: [1, 1],
  *run(call, tools) {
    const { token, userId } = readTexts(call.params[0], ['token'], ['userId'])
    const { user, principal, expiresAt } = yield* resumeSession(call, tools, token)
    if (userId !== undefined && userId.toLowerCase() !== principal.userId) throw refused('token')
    return {
      result: { user, expiresAt: new Date(expiresAt).toISOString() },
      changes: [],
      onCommit: () => call.port.become(principal, expiresAt),
    }
  },
}

/** Ends the session of this caller; true, also when nobody was signed in. */
const logout: QuickOperation = {
  spec: specs['auth.logout'],
  arity: [0, 0],
  *run(call, tools) {
    const { sessionId } = call.caller.principal
    const changes = sessionId ? yield* endSession(call, tools, sessionId) : []
    return { result: true, changes, onCommit: () => call.port.become(publicPrincipal, null) }
  },
}

/** `{ currentPassword, newPassword }` → true. Every other session of the user ends. */
const changePassword: SlowOperation = {
  spec: specs['auth.changePassword'],
  arity: [1, 1],
  key: ({ caller }) => `auth:${caller.principal.userId}`,
  async prepare(call, tools, port) {
    const { currentPassword, newPassword } = readTexts(call.params[0], ['currentPassword', 'newPassword'])
    const { userId, sessionId } = call.caller.principal
    if (userId === null) throw refused('signed out')
    checkPassword(newPassword, 'newPassword')
    const found = await port.run(() => findOne(call, tools, 'User', { id: userId }))
    const username = (found?.['username'] as string | undefined) ?? userId
    const { matches, attempt, credential } = await comparePassword(
      call,
      tools,
      port,
      username,
      currentPassword,
    )
    if (!matches || !found) return refuse(refused('credentials'))
    const passwordHash = await tools.passwords.hash(newPassword)
    return function* () {
      yield* forgiveAttempt(attempt)
      const user = yield* findOne(call, tools, 'User', { id: userId })
      if (!user || !(yield* isCurrent(call, tools, credential))) throw refused('credentials')
      const changes = yield* storePassword(call, tools, user, passwordHash, {
        firstLogin: false,
        keep: sessionId,
      })
      return { result: true, changes }
    }
  },
}

/** `{ username | email }` → true, whoever it is. The token goes to the host, which knows how to reach people. */
const requestReset: QuickOperation = {
  spec: specs['auth.requestReset'],
  arity: [1, 1],
  *run(call, tools) {
    const { filter, name } = readSignIn(call.params[0], false)
    const { sendReset } = tools
    if (!sendReset) {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'This host has no way to send reset tokens', {
        capability: 'passwordReset',
      })
    }
    const nowMs = Date.parse(call.caller.now)
    yield* reserveAttempt(`reset:${name.slice(0, 255).toLowerCase()}`, nowMs, tools.limits)
    const user = yield* findOne(call, tools, 'User', filter)
    // An unknown user costs the same: the token that nobody gets is for nobody.
    const userId = (user?.['id'] as string | undefined) ?? tools.ids.next(nowMs)
    const token = newToken('reset', tools.random)
    const expiresAt = nowMs + tools.limits.resetTokenMs
    yield* forgetResetsOf(userId)
    yield* putToken(token, { kind: 'reset', userId, sessionId: null, expiresAt })
    return {
      result: true,
      changes: [],
      attempt: { success: true, rowIds: user ? [userId] : [] },
      ...(user && {
        onCommit: () =>
          sendReset({
            userId,
            username: user['username'] as string,
            email: user['email'] as string,
            token,
            expiresAt: new Date(expiresAt).toISOString(),
          }),
      }),
    }
  },
}

/** `{ token, password }` → true. The token works once, and every session of the user ends. */
const reset: SlowOperation = {
  spec: specs['auth.reset'],
  arity: [1, 1],
  key: ({ params }) => `reset:${turnOf(params[0], ['token'])}`,
  async prepare(call, tools, port) {
    const { token, password } = readTexts(call.params[0], ['token', 'password'])
    checkPassword(password)
    const nowMs = Date.parse(call.caller.now)
    const known = await port.run(() => findToken(token, 'reset', nowMs))
    if (!known) return refuse(refused('token'))
    const passwordHash = await tools.passwords.hash(password)
    return function* () {
      const user = yield* findOne(call, tools, 'User', { id: known.userId })
      if (!user || !(yield* takeToken(known))) throw refused('token')
      const changes = yield* storePassword(call, tools, user, passwordHash, { firstLogin: false })
      return { result: true, changes }
    }
  },
}

/** The caller's own row. */
const me: QuickOperation = {
  spec: specs['auth.me'],
  arity: [0, 0],
  *run(call, tools) {
    const { principal } = call.caller
    const user =
      principal.userId === null ? null : yield* findOne(call, tools, 'User', { id: principal.userId })
    if (!user) throw refused('signed out')
    return { result: yield* ownRow(call, tools, user, principal), changes: [] }
  },
}

export const authTable: Readonly<Record<string, Operation>> = {
  'auth.login': login,
  'auth.register': register,
  'auth.refresh': refresh,
  'auth.resume': resume,
  'auth.logout': logout,
  'auth.changePassword': changePassword,
  'auth.requestReset': requestReset,
  'auth.reset': reset,
  'auth.me': me,
}

/** Of a schema that knows no users: every operation says so. */
export const noAuthTable: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(authTable).map(([method, { spec, arity }]) => [
    method,
    {
      spec,
      arity,
      run: () =>
        refuse(
          new DBALError('CAPABILITY_NOT_SUPPORTED', 'Signing in needs the MetaBuilder schema', {
            capability: 'auth',
          }),
        )(),
    },
  ]),
)

/** @param attempt recorded as a sign-in, which names the user, in place of the row that it made */
function signedInAs(call: AllowedCall, signIn: SignIn, { attempt = false } = {}): Outcome {
  const { signedIn, principal, expiresAt, changes } = signIn
  return {
    result: signedIn,
    changes,
    holdsSecrets: true,
    ...(attempt && { attempt: { success: true, rowIds: [principal.userId] } }),
    onCommit: () => call.port.become(principal, expiresAt),
  }
}

/** A step that only refuses. */
function refuse(error: DBALError): () => Work<never> {
  // biome-ignore lint/correctness/useYield: it fails before it asks anything
  return function* () {
    throw error
  }
}
