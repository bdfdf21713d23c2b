/**
 * Canonical JSON (RFC 8785): one text for one value, so that it can be hashed. Keys stand in the order of their UTF-16
 * units, numbers and strings as `JSON.stringify` prints them, nothing between the tokens. A lone surrogate, which the RFC
 * refuses, is printed as its escape: what a row may hold must not be what cannot be recorded.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * Members that are `undefined` are left out, as `JSON.stringify` does.
 * @throws TypeError for what JSON cannot say: a number that is not finite, a bigint, a function
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('Canonical JSON has no number that is not finite')
      return JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? canonicalList(value) : canonicalObject(value)
    default:
      throw new TypeError(`Canonical JSON has no ${typeof value}`)
  }
}

function canonicalList(list: readonly unknown[]): string {
  let text = ''
  for (const item of list) text += (text ? ',' : '') + canonicalJson(item === undefined ? null : item)
  return `[${text}]`
}

function canonicalObject(value: object): string {
  const record = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(record).sort()) {
    const member = record[key]
    if (member === undefined) continue
    text += `${text ? ',' : ''}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}
