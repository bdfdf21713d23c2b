import { bcrypt } from 'hash-wasm'
import { describe, expect, it } from 'vitest'
import { passwords as inBrowser } from '../worker/passwords.ts'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords()

describe('a password', () => {
  it('is hashed with the parameters of the browser, and each verifies what the other made', async () => {
    const here = await passwords.hash('Grüße-9a')
    const there = await inBrowser.hash('Grüße-9a')
    expect(here.split('$').slice(0, 4)).toEqual(there.split('$').slice(0, 4))
    expect(await inBrowser.verify('Grüße-9a', here)).toBe(true)
    expect(await passwords.verify('Gru\u0308ße-9a', there)).toBe(true)
    expect(await passwords.verify('Grüße-9b', there)).toBe(false)
    expect(passwords.isOutdated(here) || passwords.isOutdated(there)).toBe(false)
  })

  it('of another system, hashed by bcrypt, is verified and to be hashed anew', async () => {
    const hash = await bcrypt({
      password: 'Old-horse-9',
      salt: new Uint8Array(16),
      costFactor: 12,
      outputType: 'encoded',
    })
    let turns = 0
    const others = setInterval(() => turns++, 1)
    expect(await passwords.verify('Old-horse-9', hash)).toBe(true)
    clearInterval(others)
    // Meanwhile this thread has served others.
    expect(turns).toBeGreaterThan(10)
    expect(await passwords.verify('Old-horse-8', hash)).toBe(false)
    expect(await passwords.verify('x'.repeat(73), hash)).toBe(false)
    expect(passwords.isOutdated(hash)).toBe(true)
  })

  it.each([
    '',
    'x',
    '$2b$12$short',
    `$2b$31$${'a'.repeat(53)}`,
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
    '$argon2i$v=19$m=8,t=1,p=1$YWFhYWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYWFhYWFh',
  ])('does not match %j', async (encoded) => {
    expect(await passwords.verify('Any-horse-9', encoded)).toBe(false)
  })

  it('of a thousand sign-ins at once: some are hashed, the rest is told to come again', async () => {
    const few = createPasswords({ lanes: 2, mostWaiting: 10 })
    const all = await Promise.allSettled(Array.from({ length: 1_000 }, () => few.hash('A-horse-9')))
    const refused = all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused).toHaveLength(988)
    expect(refused[0]?.reason).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', details: { retryAfter: 1 } })
    expect(await few.hash('A-horse-9')).toMatch(/^\$argon2id/)
  })
})
