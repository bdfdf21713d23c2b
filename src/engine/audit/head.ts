/** A head as a caller hands it back. */

import { invalid } from '../../protocol/error.ts'
import { isPlainObject } from '../values/plain-object.ts'

export interface GivenHead {
  readonly seq: number
  readonly hash: string
  readonly root?: string
}

const hexHash = /^[0-9a-f]{64}$/

/**
 * @param options of `verify`: `{ head }`, or undefined
 * @throws DBALError VALIDATION_ERROR
 */
export function readHead(options: unknown): GivenHead | null {
  if (options === undefined || options === null) return null
  if (!isPlainObject(options)) throw invalid('options', 'must be an object')
  for (const name of Object.keys(options)) if (name !== 'head') throw invalid(name, 'is no option of verify')
  const { head } = options
  if (head === undefined || head === null) return null
  if (!isPlainObject(head)) throw invalid('head', 'must be a head as audit.head gave it')
  const { seq, hash, root } = head
  if (!Number.isSafeInteger(seq) || (seq as number) < 0)
    throw invalid('head.seq', 'must be a whole number from 0')
  if (typeof hash !== 'string' || !hexHash.test(hash))
    throw invalid('head.hash', 'must be 64 hexadecimal digits')
  if (root === undefined) return { seq: seq as number, hash }
  if (typeof root !== 'string' || !hexHash.test(root))
    throw invalid('head.root', 'must be 64 hexadecimal digits')
  return { seq: seq as number, hash, root }
}
