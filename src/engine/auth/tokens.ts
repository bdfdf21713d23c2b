/**
 * Tokens: 256 random bits, of which the database keeps only the SHA-256. What a token stands for is looked up, not read
 * from it, so there is no key to keep, nothing to forge, and a revoked one is worthless at once.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Statement } from '../../drivers/driver.ts'
import type { Random } from '../ids.ts'
import { ask, type Work } from '../work.ts'

export const tokensTable = '_dbal_tokens'

/** `access` acts for its user, `refresh` gets the next pair, `reset` sets one new password. */
export type TokenKind = 'access' | 'refresh' | 'reset'

export interface Token {
  readonly hash: string
  readonly kind: TokenKind
  readonly userId: string
  /** The row of Session that it belongs to; null for `reset`. */
  readonly sessionId: string | null
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** When a refresh token was used up, or null. */
  readonly spentAt: number | null
}

/** The letter after the prefix is the kind: whoever finds a token in a log knows what to revoke. */
const prefix = { access: 'dbal_a_', refresh: 'dbal_r_', reset: 'dbal_p_' } as const
const secretBytes = 32

const put: Statement = {
  sql: `insert into main."${tokensTable}" ("hash", "kind", "userId", "sessionId", "expiresAt", "spentAt") values (?, ?, ?, ?, ?, null)`,
  columns: [],
}
const load: Statement = {
  sql: `select "hash", "kind", "userId", "sessionId", "expiresAt", "spentAt" from main."${tokensTable}" where "hash" = ? and "kind" = ?`,
  columns: ['text', 'text', 'text', 'text', 'integer', 'integer'],
}
const take: Statement = { sql: `delete from main."${tokensTable}" where "hash" = ?`, columns: [] }
const spendRefresh: Statement = {
  sql: `update main."${tokensTable}" set "spentAt" = ? where "sessionId" = ? and "kind" = 'refresh' and "spentAt" is null`,
  columns: [],
}
const forgetSession: Statement = {
  sql: `delete from main."${tokensTable}" where "sessionId" = ?`,
  columns: [],
}
const forgetAccess: Statement = {
  sql: `delete from main."${tokensTable}" where "sessionId" = ? and "kind" = 'access'`,
  columns: [],
}
const forgetResets: Statement = {
  sql: `delete from main."${tokensTable}" where "userId" = ? and "kind" = 'reset'`,
  columns: [],
}
const sweep: Statement = { sql: `delete from main."${tokensTable}" where "expiresAt" <= ?`, columns: [] }

export function newToken(kind: TokenKind, random: Random): string {
  return prefix[kind] + bytesToHex(random.bytes(secretBytes))
}

/** In hexadecimal. */
export function hashOf(token: string): string {
  return bytesToHex(sha256(utf8ToBytes(token)))
}

export function* putToken(token: string, what: Omit<Token, 'hash' | 'spentAt'>): Work<void> {
  yield* ask(put, [hashOf(token), what.kind, what.userId, what.sessionId, what.expiresAt])
}

/** @returns null for what is no token of ours, not of this kind, or expired; a spent one is told */
export function* findToken(token: unknown, kind: TokenKind, nowMs: number): Work<Token | null> {
  if (typeof token !== 'string') return null
  const { values } = yield* ask(load, [hashOf(token), kind])
  if (values.length === 0) return null
  const [hash, , userId, sessionId, expiresAt, spentAt] = values as [
    string,
    string,
    string,
    string | null,
    number,
    number | null,
  ]
  return expiresAt > nowMs ? { hash, kind, userId, sessionId, expiresAt, spentAt } : null
}

/** For what works once. @returns false when somebody else was first */
export function* takeToken({ hash }: Token): Work<boolean> {
  return (yield* ask(take, [hash])).changes === 1
}

/** Every refresh token that a session has out. */
export function* spendRefreshOf(sessionId: string, nowMs: number): Work<void> {
  yield* ask(spendRefresh, [nowMs, sessionId])
}

/** Of a session that has ended. */
export function* forgetTokensOf(sessionId: string): Work<void> {
  yield* ask(forgetSession, [sessionId])
}

/** The access tokens that a new pair replaces. */
export function* forgetAccessOf(sessionId: string): Work<void> {
  yield* ask(forgetAccess, [sessionId])
}

export function* forgetResetsOf(userId: string): Work<void> {
  yield* ask(forgetResets, [userId])
}

export function* sweepTokens(nowMs: number): Work<void> {
  yield* ask(sweep, [nowMs])
}
