/** The parameters of `session.open`. */

import { invalid } from '../src/protocol/error.ts'

export interface Opening {
  readonly client: string
  readonly token: string | null
  readonly packed: boolean
}

const known: readonly string[] = ['client', 'token', 'packed']
const longestToken = 4_096

/** @throws DBALError VALIDATION_ERROR */
export function readSessionOpen([given, ...more]: readonly unknown[]): Opening {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || more.length > 0)
    throw invalid('params', 'session.open takes { client, token?, packed? }')
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) throw invalid(unknown.slice(0, 80), 'is not known')
  const { client, token = null, packed = false } = given as Readonly<Record<string, unknown>>
  // Whoever knows another's name can end its connection: it must be too long to be guessed.
  if (typeof client !== 'string' || !/^[\w-]{16,64}$/.test(client))
    throw invalid('client', 'must be 16 to 64 letters, digits, _ and -')
  if (token !== null && (typeof token !== 'string' || token.length > longestToken))
    throw invalid('token', `must be a text of at most ${longestToken} characters`)
  if (typeof packed !== 'boolean') throw invalid('packed', 'must be true or false')
  return { client, token, packed }
}
