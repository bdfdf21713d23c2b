import { describe, expect, test } from 'vitest'
import { type Principal, publicPrincipal } from '../src/protocol/principal.ts'
import { Identities } from './identities.ts'

/** Callers that are who their token is called after; `worthless` is nobody's. */
function setup() {
  const closed: string[] = []
  const callers: { token: string | null; end(): void }[] = []
  let worthless = new Set(['worthless'])
  const identities = new Identities(
    ({ token }) => {
      const isNobody = token === null || worthless.has(token)
      let principal: Principal = isNobody ? publicPrincipal : { ...publicPrincipal, userId: token }
      callers.push({
        token,
        end: () => {
          principal = publicPrincipal
        },
      })
      return {
        get principal() {
          return principal
        },
        identity: async () => principal,
        exchange: async () => [],
        resume: async () => {},
        close: async () => void closed.push(token ?? 'main'),
      }
    },
    { emit: () => {}, isBusy: () => false },
  )
  return { identities, closed, callers, accept: () => (worthless = new Set()) }
}

describe('a token that comes with a request', () => {
  test('is looked at once, as long as it is worth something', async () => {
    const { identities, callers } = setup()
    expect(identities.known('ann')).toBeNull()
    const caller = await identities.of('ann')
    expect(identities.known('ann')).toBe(caller)
    callers[0]?.end()
    // Signed out elsewhere: it must be looked at again, and refused.
    expect(identities.known('ann')).toBeNull()
  })

  test('that is worth nothing is not kept', async () => {
    const { identities, closed, callers } = setup()
    await identities.of('worthless')
    await identities.of('worthless')
    expect([closed, callers.length]).toEqual([['worthless', 'worthless'], 2])
  })

  test('asked about twice at once is closed once, and who comes after with it stays', async () => {
    const { identities, closed, accept } = setup()
    const first = identities.of('worthless')
    const second = identities.of('worthless')
    const third = first.then(() => {
      accept()
      return identities.of('worthless')
    })
    await Promise.all([first, second])
    const caller = await third
    expect(closed).toEqual(['worthless'])
    expect(identities.known('worthless')).toBe(caller)
  })
})

describe('of many tokens', () => {
  const names = Array.from({ length: 17 }, (_, at) => `user ${at}`)

  test('the one that was silent longest makes room', async () => {
    const { identities, closed } = setup()
    for (const name of names.slice(0, 16)) await identities.of(name)
    identities.known('user 0')
    await identities.of('user 16')
    expect(closed).toEqual(['user 1'])
  })

  test('none whose requests are under way does, nor the last', async () => {
    const { identities, closed } = setup()
    const callers = []
    for (const name of names.slice(0, 16)) {
      const caller = await identities.of(name)
      identities.hold(caller)
      identities.hold(caller)
      identities.release(caller)
      callers.push(caller)
    }
    await identities.of('user 16')
    expect(closed).toEqual([])
    for (const caller of callers) identities.release(caller)
    await identities.of('user 17')
    expect(closed).toEqual(['user 0', 'user 1'])
  })
})

test('the end of the connection is that of all', async () => {
  const { identities, closed } = setup()
  expect([identities.hasBegun, identities.isSignedIn]).toEqual([false, false])
  expect(identities.main.principal).toBe(publicPrincipal)
  await identities.of('ann')
  expect([identities.hasBegun, identities.isSignedIn]).toEqual([true, true])
  await identities.close({ mayReturn: true })
  expect(closed).toEqual(['main', 'ann'])
})
