import { expect, test } from 'vitest'
import { passwords } from './passwords.ts'

test('a hash is argon2id with 19 MiB, two passes and one lane, and never the same twice', async () => {
  const [first, second] = await Promise.all([passwords.hash('Secret-1'), passwords.hash('Secret-1')])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(second).not.toBe(first)
})

test('only the password that was hashed is verified', async () => {
  const encoded = await passwords.hash('Gr\u00fc\u00dfe-1')
  expect(await passwords.verify('Gr\u00fc\u00dfe-1', encoded)).toBe(true)
  expect(await passwords.verify('Gr\u00fc\u00dfe-2', encoded)).toBe(false)
  expect(await passwords.verify('', encoded)).toBe(false)
})

test('it does not matter how a letter with an accent was typed', async () => {
  expect(await passwords.verify('u\u0308bung-A1', await passwords.hash('\u00fcbung-A1'))).toBe(true)
})

test('a hash made by another program is verified', async () => {
  // node:crypto, the same parameters.
  const { argon2Sync } = await import('node:crypto')
  const nonce = Buffer.from('0123456789abcdef')
  const hash = argon2Sync('argon2id', {
    message: 'Secret-1',
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 19_456,
    passes: 2,
  })
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  const encoded = `$argon2id$v=19$m=19456,t=2,p=1$${text(nonce)}$${text(hash)}`
  expect(await passwords.verify('Secret-1', encoded)).toBe(true)
})

test.each([
  '',
  'plain',
  '$2b$12$abcdefghijklmnopqrstuv',
  '$argon2id$v=19$m=1$x$y',
  '$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
])('%j is no hash, and verifies nothing', async (encoded) =>
  expect(await passwords.verify('Secret-1', encoded)).toBe(false),
)

test('finds a hash of other parameters outdated', async () => {
  expect(passwords.isOutdated(await passwords.hash('Secret-1'))).toBe(false)
  expect(passwords.isOutdated('$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA')).toBe(true)
  expect(passwords.isOutdated('$2b$12$abcdefghijklmnopqrstuv')).toBe(true)
})
