/** Signing in and out. What it costs and who may is in docs/guide/signing-in.md. */

import type { DBALError } from '../protocol/error.ts'
import type { RowOf } from '../schema/infer.ts'
import type { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { Connection } from './connection.ts'

export type SignedInUser = RowOf<typeof metabuilderSchema, 'User'>

/** One of the two. */
export type SignInName =
  | { readonly username: string; readonly email?: undefined }
  | { readonly email: string; readonly username?: undefined }

export interface SignedIn {
  readonly user: SignedInUser
  /** Acts for the user until `expiresAt`. */
  readonly accessToken: string
  /** Gets the next pair; works once. */
  readonly refreshToken: string
  /** ISO 8601: the end of the access token. */
  readonly expiresAt: string
}

/**
 * After `login`, `register`, `refresh` and `resume` this client acts for that user, also after a reconnection. Tokens are
 * kept in memory only: keep the refresh token yourself if a reload should not sign out.
 */
export interface AuthSurface {
  /** @throws DBALError UNAUTHORIZED, the same for an unknown user; RATE_LIMIT_EXCEEDED after five failures in five minutes */
  login(input: SignInName & { readonly password: string }): Promise<SignedIn>
  /** Makes an account of role `user`, signed in. @throws DBALError VALIDATION_ERROR, CONFLICT; FORBIDDEN where it is closed */
  register(input: {
    readonly username: string
    readonly email: string
    readonly password: string
  }): Promise<SignedIn>
  /** @throws DBALError UNAUTHORIZED for a token that is unknown, expired or was used before */
  refresh(input: { readonly refreshToken: string }): Promise<SignedIn>
  /** @throws DBALError UNAUTHORIZED; also when `userId` is given and is not the token's */
  resume(input: {
    readonly token: string
    readonly userId?: string
  }): Promise<{ readonly user: SignedInUser; readonly expiresAt: string }>
  /** Ends this client's session and tokens; from then on it is `public`. */
  logout(): Promise<true>
  /** Ends every other session of the user. @throws DBALError UNAUTHORIZED, VALIDATION_ERROR for a weak password */
  changePassword(input: { readonly currentPassword: string; readonly newPassword: string }): Promise<true>
  /** True, whoever it is. @throws DBALError CAPABILITY_NOT_SUPPORTED where the host has no way to send the token */
  requestReset(input: SignInName): Promise<true>
  /** Sets a new password by a token that was sent. @throws DBALError UNAUTHORIZED, VALIDATION_ERROR */
  reset(input: { readonly token: string; readonly password: string }): Promise<true>
  /** The signed-in user's own row. @throws DBALError UNAUTHORIZED when nobody is signed in */
  me(): Promise<SignedInUser>
}

/** How a client stays signed in by itself. */
export interface KeptSignIn {
  /** Begins as who this token stands for. */
  readonly refreshToken?: string | undefined
  /** Given every new pair, also those that the client gets by itself, a while before the one it has ends. */
  readonly onTokens?: ((signedIn: SignedIn) => void) | undefined
}

/** A new pair is asked for so long before the end of the old one, or at half of its time. Milliseconds. */
const aheadMs = 60_000
const longestTimer = 2 ** 31 - 1

export function authSurface(
  connection: Connection,
  { refreshToken, onTokens }: KeptSignIn = {},
): AuthSurface {
  let renewal: ReturnType<typeof setTimeout> | undefined
  const call = <T>(name: keyof AuthSurface, ...params: unknown[]) =>
    connection.call(`auth.${name}`, params) as Promise<T>
  const signIn = async (name: 'login' | 'register' | 'refresh', input: unknown) => {
    const signedIn = await call<SignedIn>(name, input)
    connection.identify(signedIn.accessToken)
    // Whoever is not told of new tokens would be left with one that was used, which looks stolen.
    if (onTokens) {
      renewLater(signedIn)
      onTokens(signedIn)
    }
    return signedIn
  }
  const renewLater = ({ expiresAt, refreshToken }: SignedIn) => {
    clearTimeout(renewal)
    const left = Math.max(Date.parse(expiresAt) - Date.now(), 0)
    renewal = setTimeout(
      () => renew(refreshToken),
      Math.min(left - Math.min(aheadMs, left / 2), longestTimer),
    )
    // A Node process need not live for it.
    if (typeof renewal === 'object') renewal.unref()
  }
  const renew = (token: string) => {
    if (!connection.isEnded)
      signIn('refresh', { refreshToken: token }).catch((error: DBALError) => connection.tellError(error))
  }
  if (refreshToken !== undefined) renew(refreshToken)
  return {
    login: (input) => signIn('login', input),
    register: (input) => signIn('register', input),
    refresh: (input) => signIn('refresh', input),
    async resume(input) {
      const resumed = await call<Awaited<ReturnType<AuthSurface['resume']>>>('resume', input)
      connection.identify(input.token)
      return resumed
    },
    async logout() {
      clearTimeout(renewal)
      await call('logout')
      connection.identify(null)
      return true
    },
    changePassword: (input) => call('changePassword', input),
    requestReset: (input) => call('requestReset', input),
    reset: (input) => call('reset', input),
    me: () => call('me'),
  }
}
