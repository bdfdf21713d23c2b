import { describe, expect, it } from 'vitest'
import { type Principal, publicPrincipal } from '../src/protocol/principal.ts'
import { Buckets } from './buckets.ts'
import { type Budget, createGuard, type Guard } from './guard.ts'
import { SignInAttempts } from './sign-in-attempts.ts'

function setup() {
  let at = 0
  const now = () => at
  const buckets = new Buckets({ perMinute: 100, burst: 20, now })
  const attempts = new SignInAttempts({ most: 30, windowMs: 300_000, now })
  const guard = createGuard(buckets, attempts)
  return {
    buckets,
    attempts,
    guard: {
      ...guard,
      admit: (
        request: Parameters<Guard['admit']>[0],
        principal: Principal,
        origin: Parameters<Guard['admit']>[2],
      ) => guard.admit(request, principal, origin, guard.budget?.(principal, origin.address) as Budget),
    },
    pass: (ms: number) => {
      at += ms
    },
  }
}

describe('a bucket', () => {
  it('holds 120, and refills at 100 a minute', () => {
    const { buckets, pass } = setup()
    for (let at = 0; at < 120; at++) expect(buckets.take('a')).toBe(0)
    expect(buckets.take('a')).toBe(1)
    pass(600)
    expect(buckets.take('a')).toBe(0)
    expect(buckets.take('a')).toBe(1)
    pass(3_600_000)
    for (let at = 0; at < 120; at++) expect(buckets.take('a')).toBe(0)
    expect(buckets.take('a')).toBe(1)
  })

  it('is for one alone', () => {
    const { buckets } = setup()
    for (let at = 0; at < 121; at++) buckets.take('a')
    expect(buckets.take('b')).toBe(0)
  })

  it('that is full again takes no memory', () => {
    const { buckets, pass } = setup()
    for (let at = 0; at < 10_000; at++) buckets.take(`one of many ${at}`)
    pass(60_000)
    buckets.take('the last')
    expect(buckets.size).toBe(1)
  })
})

describe('failed sign-ins of an address', () => {
  it('are 30 in five minutes; what succeeds does not count', () => {
    const { attempts, pass } = setup()
    for (let at = 0; at < 100; at++) {
      expect(attempts.begin('a')).toBe(0)
      attempts.forgive('a')
    }
    for (let at = 0; at < 30; at++) expect(attempts.begin('a')).toBe(0)
    expect(attempts.begin('a')).toBe(300)
    expect(attempts.begin('b')).toBe(0)
    pass(299_999)
    expect(attempts.begin('a')).toBe(1)
    pass(1)
    expect(attempts.begin('a')).toBe(0)
  })
})

describe('the guard', () => {
  const user = { ...publicPrincipal, role: 'user', userId: 'u1' } as const
  const from = (address: string, publicAccess = true) => ({ address, publicAccess })
  const request = (method: string) => ({ id: 1, method, params: [] })

  it('counts a user wherever they are, and nobody by address', () => {
    const { guard } = setup()
    for (let at = 0; at < 120; at++) guard.admit(request('list'), user, from(`10.0.0.${at}`))
    const tooMany = expect.objectContaining({
      code: 'RATE_LIMIT_EXCEEDED',
      details: { retryAfter: expect.any(Number) },
    })
    expect(() => guard.admit(request('list'), user, from('10.0.1.1'))).toThrow(tooMany)
    for (let at = 0; at < 120; at++) guard.admit(request('list'), publicPrincipal, from('10.0.0.1'))
    expect(() => guard.admit(request('list'), publicPrincipal, from('10.0.0.1'))).toThrow(tooMany)
    guard.admit(request('list'), publicPrincipal, from('10.0.0.2'))
    // What ends something goes through.
    guard.admit(request('transaction.commit'), user, from('10.0.1.1'))
  })

  it('takes what one customer has of IPv6 for one address', () => {
    const { guard } = setup()
    for (let at = 0; at < 120; at++)
      guard.admit(request('list'), publicPrincipal, from(`2001:db8:0:7::${at.toString(16)}`))
    const tooMany = expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' })
    const list = (address: string) => guard.admit(request('list'), publicPrincipal, from(address))
    for (const address of ['2001:db8:0:7:ffff::1', '2001:0db8:0000:0007::', '2001:db8::7:1:2:3:4%eth0'])
      expect(() => list(address), address).toThrow(tooMany)
    for (const address of ['2001:db8:0:8::1', '2001:db8::7', '::1', '::', '1::', '10.0.0.1']) list(address)
  })

  it('counts tokens that are worth nothing for their address', () => {
    const { guard, pass } = setup()
    for (let at = 0; at < 120; at++) guard.admitToken('a')()
    const tooMany = expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' })
    expect(() => guard.admitToken('a')).toThrow(tooMany)
    expect(() => guard.admit(request('list'), publicPrincipal, from('a'))).toThrow(tooMany)
    guard.admit(request('list'), user, from('a'))
    // One that is worth something costs nothing.
    for (let at = 0; at < 1_000; at++) guard.admitToken('b')
    pass(600)
    guard.admitToken('a')()
    expect(() => guard.admitToken('a')).toThrow(tooMany)
  })

  it('lets nobody in who is not signed in, where the public has no access', () => {
    const { guard } = setup()
    const refused = expect.objectContaining({ code: 'UNAUTHORIZED' })
    for (const method of ['list', 'auth.me', 'getCapabilities', 'database.schema', 'constructor'])
      expect(() => guard.admit(request(method), publicPrincipal, from('a', false))).toThrow(refused)
    for (const method of ['auth.login', 'auth.refresh', 'auth.resume'])
      guard.admit(request(method), publicPrincipal, from('a', false))
    guard.admit(request('list'), user, from('a', false))
  })

  it('takes a wrong password for a failure, whichever way it was tried', () => {
    const { guard } = setup()
    for (let at = 0; at < 15; at++) {
      const error = { code: 'UNAUTHORIZED', message: 'no' } as const
      guard.admit(request('verify'), publicPrincipal, from('a'))({ id: 1, result: true })
      guard.admit(request('auth.login'), publicPrincipal, from('a'))({ id: 1, error })
      guard.admit(request('verify'), publicPrincipal, from('a'))({ id: 1, result: false })
    }
    expect(() => guard.admit(request('verify'), publicPrincipal, from('a'))).toThrow(
      expect.objectContaining({ code: 'RATE_LIMIT_EXCEEDED' }),
    )
  })
})
