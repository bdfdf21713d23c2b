/**
 * Password hashing in Node: argon2id with the parameters of the OWASP cheat sheet, off the main thread. Hashes of bcrypt, as
 * other systems bring them, are verified and made anew. Hashing takes 20 ms and 19 MiB each time, so only some run at a
 * time and not many more may wait: a flood of sign-ins takes neither the memory nor everybody else's time.
 */

import crypto, { type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { PasswordHasher } from '../src/engine/passwords.ts'
import { DBALError } from '../src/protocol/error.ts'

const memoryKiB = 19_456
const passes = 2
const saltBytes = 16
const hashBytes = 32
const mostBcryptCost = 14

export interface HasherOptions {
  /** How many run at a time. */
  readonly lanes?: number
  /** How many may wait. */
  readonly mostWaiting?: number
}

export function createPasswords({ lanes = 2, mostWaiting = 100 }: HasherOptions = {}): PasswordHasher {
  if (typeof crypto.argon2 !== 'function')
    throw new Error(`The daemon needs Node 24.7 or newer; this is ${process.version}`)
  const queue = new Queue(lanes, mostWaiting)
  return {
    hash: (password) =>
      queue.run(async () => {
        const salt = randomBytes(saltBytes)
        const hash = await derive(password, salt, { memoryKiB, passes, lanes: 1, hashBytes })
        return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${unpadded(salt)}$${unpadded(hash)}`
      }),
    verify: (password, encoded) =>
      queue.run(async () => {
        if (encoded.startsWith('$2')) return verifyBcrypt(password, encoded)
        const read = readPhc(encoded)
        if (!read || password === '') return false
        const { salt, hash, ...parameters } = read
        return timingSafeEqual(await derive(password, salt, { ...parameters, hashBytes: hash.length }), hash)
      }),
    isOutdated: (encoded) => !encoded.startsWith(`$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$`),
  }
}

/** Runs some at a time, the others in their order. */
class Queue {
  readonly #lanes: number
  readonly #mostWaiting: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(lanes: number, mostWaiting: number) {
    this.#lanes = lanes
    this.#mostWaiting = mostWaiting
  }

  /** @throws DBALError RATE_LIMIT_EXCEEDED when too many wait */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#lanes) {
      if (this.#waiting.length >= this.#mostWaiting)
        throw new DBALError('RATE_LIMIT_EXCEEDED', 'Too many sign-ins at once; try again in 1 s', {
          retryAfter: 1,
        })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

interface Parameters {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly hashBytes: number
}

function derive(password: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  const options: Argon2Parameters = {
    // The same characters typed on another system may come composed differently.
    message: password.normalize('NFC'),
    nonce,
    memory: parameters.memoryKiB,
    passes: parameters.passes,
    parallelism: parameters.lanes,
    tagLength: parameters.hashBytes,
  }
  return new Promise((resolve, reject) => {
    crypto.argon2('argon2id', options, (error, hash) => (error ? reject(error) : resolve(Buffer.from(hash))))
  })
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]{11,86})\$([\w+/]{22,172})$/

function readPhc(encoded: string) {
  const [, memory, t, p, salt = '', hash = ''] = phc.exec(encoded) ?? []
  if (memory === undefined) return undefined
  return {
    memoryKiB: Number(memory),
    passes: Number(t),
    lanes: Number(p),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1]
  // bcrypt reads 72 bytes and no more; a longer password was never one of its own.
  const isPossible = password !== '' && Buffer.byteLength(password) <= 72
  if (cost === undefined || Number(cost) > mostBcryptCost || !isPossible) return false
  return apart({ password, hash })
}

const verifyThere = `
const { parentPort, workerData } = require('node:worker_threads')
const { password, hash, path } = workerData
require(path).bcryptVerify({ password, hash }).then((isRight) => parentPort.postMessage(isRight))
`

/** On a thread of its own: bcrypt of cost 12 takes a third of a second and more, in which nobody else would be served. */
function apart(given: { readonly password: string; readonly hash: string }): Promise<boolean> {
  const path = createRequire(import.meta.url).resolve('hash-wasm')
  const worker = new Worker(verifyThere, { eval: true, workerData: { ...given, path } })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The thread for bcrypt ended with ${code}`)))
  })
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
