/** What a request has to pass before the engine sees it: who may call at all, and how often. */

import { DBALError } from '../src/protocol/error.ts'
import type { Principal } from '../src/protocol/principal.ts'
import type { Reply } from '../src/protocol/request.ts'
import type { SocketRequest } from '../src/protocol/socket.ts'
import type { Buckets } from './buckets.ts'
import type { SignInAttempts } from './sign-in-attempts.ts'

export interface Origin {
  readonly address: string
  /** Whether `public` may do more than sign in. */
  readonly publicAccess: boolean
}

export interface Guard {
  /**
   * @returns to be called with the reply
   * @throws DBALError UNAUTHORIZED, RATE_LIMIT_EXCEEDED
   */
  admit(request: SocketRequest, principal: Principal, origin: Origin): (reply: Reply) => void
}

/** What gets somebody in. */
const entrances: ReadonlySet<string> = new Set([
  'auth.login',
  'auth.register',
  'auth.refresh',
  'auth.resume',
  'auth.requestReset',
  'auth.reset',
])

/** What ends something is never too much. */
const free: ReadonlySet<string> = new Set([
  'live.close',
  'transaction.commit',
  'transaction.rollback',
  'transaction.release',
  'transaction.rollbackTo',
  'auth.logout',
])

/** Where a password is tried. */
const attempts: ReadonlySet<string> = new Set(['auth.login', 'verify'])

const nothing = () => {}

/** @param buckets null where requests are not limited */
export function createGuard(buckets: Buckets | null, signIns: SignInAttempts): Guard {
  return {
    admit({ method }, { userId }, { address, publicAccess }) {
      if (userId === null && !publicAccess && !entrances.has(method))
        throw new DBALError('UNAUTHORIZED', 'Nobody is signed in', { reason: 'signed out' })
      if (buckets && !free.has(method)) {
        const retryAfter = buckets.take(userId === null ? `address ${address}` : `user ${userId}`)
        if (retryAfter > 0) throw tooMany('Too many requests', retryAfter)
      }
      if (!attempts.has(method)) return nothing
      const retryAfter = signIns.begin(address)
      if (retryAfter > 0) throw tooMany('Too many failed attempts from this address', retryAfter)
      return (reply) => {
        if (hasSucceeded(reply)) signIns.forgive(address)
      }
    },
  }
}

/** An input that is no attempt at all, as an unknown parameter, counts too: it costs the one who sends it, and nobody else. */
const hasSucceeded = (reply: Reply): boolean => 'result' in reply && reply.result !== false

const tooMany = (message: string, retryAfter: number): DBALError =>
  new DBALError('RATE_LIMIT_EXCEEDED', `${message}; try again in ${retryAfter} s`, { retryAfter })
