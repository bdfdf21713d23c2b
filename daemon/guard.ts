/** What a request has to pass before the engine sees it: who may call at all, and how often. */

import { DBALError } from '../src/protocol/error.ts'
import { type Principal, publicPrincipal } from '../src/protocol/principal.ts'
import type { Reply } from '../src/protocol/request.ts'
import type { SocketRequest } from '../src/protocol/socket.ts'
import { placeOf } from './addresses.ts'
import type { Buckets } from './buckets.ts'
import type { SharedLimits } from './shared-limits.ts'
import type { SignInAttempts } from './sign-in-attempts.ts'

export interface Origin {
  readonly address: string
  /** Whether `public` may do more than sign in. */
  readonly publicAccess: boolean
}

/** What the requests of one caller may use up. */
export interface Budget {
  /** Takes one. @returns 0, or in how many seconds there is one again. @throws DBALError where nobody knows */
  request(): number
  /** The same for an attempt to sign in. */
  attempt(): number
  /** The latest attempt has succeeded. */
  forgive(): void
}

export interface Guard {
  /** The daemon's own, known at once and good for as long as the caller is the same; null where somebody else has to be asked. */
  readonly budget: ((principal: Principal, address: string) => Budget) | null
  /** That of several daemons, for these requests. Never rejects: what is not known refuses. */
  ask(requests: readonly SocketRequest[], principal: Principal, address: string): Promise<Budget>
  /**
   * @returns to be called with the reply
   * @throws DBALError UNAUTHORIZED, RATE_LIMIT_EXCEEDED; DATABASE_ERROR where the limit is not known
   */
  admit(request: SocketRequest, principal: Principal, origin: Origin, budget: Budget): (reply: Reply) => void
  /**
   * Before a token is looked at that came with something else than `auth.resume`: looking it up costs work, and the refusal an
   * entry of the audit log.
   * @returns to be called when it was worth nothing
   * @throws DBALError RATE_LIMIT_EXCEEDED
   */
  admitToken(address: string): () => void | Promise<void>
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
  const budget = (principal: Principal, address: string): Budget => {
    const place = placeOf(address)
    const key = keyOf(principal, place)
    return {
      request: () => buckets?.take(key) ?? 0,
      attempt: () => signIns.begin(place),
      forgive: () => signIns.forgive(place),
    }
  }
  return {
    budget,
    ask: async (_, principal, address) => budget(principal, address),
    admit,
    admitToken(address) {
      if (!buckets) return () => {}
      const key = keyOf(publicPrincipal, placeOf(address))
      refuseBefore(buckets.look(key))
      return () => void buckets.take(key)
    },
  }
}

/** @param report told where the limits could not be asked for */
export function createSharedGuard(limits: SharedLimits, report: (cause: unknown) => void): Guard {
  return {
    budget: null,
    async ask(requests, principal, address) {
      try {
        const place = placeOf(address)
        return await sharedBudget(limits, requests, keyOf(principal, place), place, report)
      } catch (error) {
        report(error)
        return unknown
      }
    },
    admit,
    admitToken(address) {
      const key = keyOf(publicPrincipal, placeOf(address))
      refuseBefore(limits.look(key))
      return async () => {
        try {
          await limits.take(key, 1)
        } catch (error) {
          report(error)
        }
      }
    },
  }
}

/** @throws DBALError RATE_LIMIT_EXCEEDED for more than 0 seconds */
function refuseBefore(retryAfter: number): void {
  if (retryAfter > 0) throw tooMany('Too many requests', retryAfter)
}

async function sharedBudget(
  limits: SharedLimits,
  requests: readonly SocketRequest[],
  key: string,
  place: string,
  report: (cause: unknown) => void,
): Promise<Budget> {
  const counted = requests.filter(({ method }) => !free.has(method))
  const taken = counted.length > 0 ? await limits.take(key, counted.length) : { granted: 0, retryAfter: 0 }
  const { retryAfter } = taken
  let { granted } = taken
  const waits: number[] = []
  // What there is no request left for is no attempt.
  for (const { method } of counted.slice(0, granted))
    if (attempts.has(method)) waits.push(await limits.beginAttempt(place))
  return {
    request: () => (granted-- > 0 ? 0 : retryAfter),
    attempt: () => waits.shift() ?? retryAfter,
    forgive: () => void limits.forgive(place).catch(report),
  }
}

const unknown: Budget = {
  request: () => refuse(),
  attempt: () => refuse(),
  forgive() {},
}

function refuse(): never {
  throw new DBALError('DATABASE_ERROR', 'Whether there were too many requests cannot be told now', {
    reason: 'rate limit',
  })
}

const keyOf = ({ userId }: Principal, place: string): string =>
  userId === null ? `address ${place}` : `user ${userId}`

function admit(
  { method }: SocketRequest,
  { userId }: Principal,
  { publicAccess }: Origin,
  budget: Budget,
): (reply: Reply) => void {
  if (userId === null && !publicAccess && !entrances.has(method))
    throw new DBALError('UNAUTHORIZED', 'Nobody is signed in', { reason: 'signed out' })
  if (!free.has(method)) {
    const retryAfter = budget.request()
    if (retryAfter > 0) throw tooMany('Too many requests', retryAfter)
  }
  if (!attempts.has(method)) return nothing
  const retryAfter = budget.attempt()
  if (retryAfter > 0) throw tooMany('Too many failed attempts from this address', retryAfter)
  return (reply) => {
    if (hasSucceeded(reply)) budget.forgive()
  }
}

/** An input that is no attempt at all, as an unknown parameter, counts too: it costs the one who sends it, and nobody else. */
const hasSucceeded = (reply: Reply): boolean => 'result' in reply && reply.result !== false

const tooMany = (message: string, retryAfter: number): DBALError =>
  new DBALError('RATE_LIMIT_EXCEEDED', `${message}; try again in ${retryAfter} s`, { retryAfter })
