/** Password hashing in the browser: argon2id with the parameters of the OWASP cheat sheet. */

import { argon2id, argon2Verify } from 'hash-wasm'
import type { PasswordHasher } from '../src/engine/passwords.ts'

const memoryKiB = 19_456
const passes = 2
const saltBytes = 16
const hashBytes = 32

export const passwords: PasswordHasher = {
  hash: (password) =>
    argon2id({
      password: normalised(password),
      salt: crypto.getRandomValues(new Uint8Array(saltBytes)),
      memorySize: memoryKiB,
      iterations: passes,
      parallelism: 1,
      hashLength: hashBytes,
      outputType: 'encoded',
    }),
  async verify(password, encoded) {
    // hash-wasm throws for an empty password, and for a text that is no PHC string; neither can match.
    if (
      password === '' ||
      !/^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,2}\$[\w+/]+\$[\w+/]+$/.test(encoded)
    )
      return false
    return argon2Verify({ password: normalised(password), hash: encoded })
  },
  isOutdated: (encoded) => !encoded.startsWith(`$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$`),
}

/** The same characters typed on another system may come composed differently. */
const normalised = (password: string): string => password.normalize('NFC')
