import { describe, expect, it } from 'vitest'
import { publicPrincipal } from '../protocol/principal.ts'
import { principalOf } from './identity.ts'

describe('an identity', () => {
  it('that is absent is public', () => {
    expect(principalOf(null)).toBe(publicPrincipal)
    expect(principalOf(undefined)).toBe(publicPrincipal)
  })

  it.each(['user', 'admin', 'god', 'supergod'])('of role %s is taken as the page says', (role) => {
    expect(principalOf({ id: 'u1', role })).toEqual({
      role,
      userId: 'u1',
      username: null,
      email: null,
      sessionId: null,
    })
  })

  it.each([
    ['id', 'user\ud800'],
    ['username', '\ud800'],
    ['username', 'alice\0'],
    ['email', '\udc00@example.com'],
    ['session', 's\0'],
  ])('whose %s the database would take for another, %j, is none', (name, value) => {
    const identity = { id: 'u1', role: 'user', [name]: value }
    expect(() => principalOf(identity)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: { issues: [expect.objectContaining({ path: `auth.${name}` })] },
      }),
    )
  })

  it('brings name, address and session', () => {
    const identity = { id: 'u1', role: 'user', username: 'alice', email: 'alice@example.com', session: 's1' }
    expect(principalOf(identity)).toEqual({
      role: 'user',
      userId: 'u1',
      username: 'alice',
      email: 'alice@example.com',
      sessionId: 's1',
    })
  })

  it.each([
    ['system', { id: 'u1', role: 'system' }],
    ['public with an id', { id: 'u1', role: 'public' }],
    ['an unknown role', { id: 'u1', role: 'root' }],
    ['a role out of the prototype', { id: 'u1', role: 'constructor' }],
    ['a list of roles', { id: 'u1', role: ['god'] }],
    ['no role', { id: 'u1' }],
    ['no id', { role: 'user' }],
    ['a number as id', { id: 1, role: 'user' }],
    ['an empty id', { id: '', role: 'user' }],
    ['a further property', { id: 'u1', role: 'user', level: 5 }],
    ['a text', 'supergod'],
    ['a list', []],
  ])('that is %s is refused', (_name, value) => {
    expect(() => principalOf(value)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  })
})
