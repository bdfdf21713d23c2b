/** One entry of the log: its columns, its canonical text and its hash. */

import type { DBALErrorCode } from '../../protocol/error.ts'
import type { Actor } from '../../protocol/principal.ts'
import { sha256Hex } from './canonical-json.ts'

/** As it stands in the table; `rowIds` and `changes` are canonical JSON. */
export interface StoredEntry {
  /** From 1, without gaps. */
  readonly seq: number
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string
  readonly userId: string | null
  readonly username: string | null
  readonly role: Actor
  readonly sessionId: string | null
  /** The grant through which a guest frame called. */
  readonly guest: string | null
  readonly entity: string | null
  readonly operation: string
  /** At most `maxStoredIds` of the rows. */
  readonly rowIds: string
  readonly rowCount: number
  /** SHA-256 over all row ids, where they are more than are stored. */
  readonly rowsDigest: string | null
  readonly success: boolean
  readonly code: DBALErrorCode | null
  readonly durationMs: number
  readonly changes: string | null
  readonly requestId: number | string | null
  /** Random; without it somebody who sees the hash but not a value could find the value by trying. */
  readonly salt: string
  readonly prevHash: string
}

export const maxStoredIds = 1_000

/** What the first entry continues. */
export const genesisHash = '0'.repeat(64)

/** The columns in the table's order. */
export const entryColumns = [
  'seq',
  'at',
  'userId',
  'username',
  'role',
  'sessionId',
  'guest',
  'entity',
  'operation',
  'rowIds',
  'rowCount',
  'rowsDigest',
  'success',
  'code',
  'durationMs',
  'changes',
  'requestId',
  'salt',
  'prevHash',
  'hash',
] as const

const text = (value: string | number | null) => (value === null ? 'null' : JSON.stringify(value))

/**
 * The entry as canonical JSON (RFC 8785), written out because it is made for every write: the keys in their order, the two
 * json columns as they are.
 */
export function entryText(entry: StoredEntry): string {
  return (
    `{"at":${text(entry.at)},"changes":${entry.changes ?? 'null'},"code":${text(entry.code)},` +
    `"durationMs":${text(entry.durationMs)},"entity":${text(entry.entity)},"guest":${text(entry.guest)},` +
    `"operation":${text(entry.operation)},"prevHash":${text(entry.prevHash)},` +
    `"requestId":${text(entry.requestId)},"role":${text(entry.role)},` +
    `"rowCount":${text(entry.rowCount)},"rowIds":${entry.rowIds},"rowsDigest":${text(entry.rowsDigest)},` +
    `"salt":${text(entry.salt)},"seq":${text(entry.seq)},"sessionId":${text(entry.sessionId)},` +
    `"success":${entry.success ? 'true' : 'false'},"userId":${text(entry.userId)},"username":${text(entry.username)}}`
  )
}

export function hashEntry(entry: StoredEntry): string {
  return sha256Hex(entryText(entry))
}
