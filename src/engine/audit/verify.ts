/**
 * Reads the whole log and recomputes it. Values are taken raw, as the file holds them: a decoded one could hide a byte that
 * somebody changed.
 */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { ReadLimits, SqlValue, Statement } from '../../drivers/driver.ts'
import { utf8Length } from '../values/text.ts'
import { ask, type Work } from '../work.ts'
import type { AuditHead } from './audit-log.ts'
import { canonicalJson } from './canonical-json.ts'
import { entryColumns, genesisHash, hashEntry, type StoredEntry } from './entry.ts'
import type { GivenHead } from './head.ts'
import { MerkleFrontier } from './merkle.ts'
import { readPart } from './parts.ts'

export interface AuditVerification {
  readonly ok: boolean
  /** How many entries hold. */
  readonly entries: number
  /** Of the entries that hold. */
  readonly head: AuditHead
  readonly firstBad?: { readonly seq: number; readonly reason: string }
}

const textColumns = [
  'at',
  'userId',
  'username',
  'role',
  'sessionId',
  'guest',
  'entity',
  'operation',
  'rowIds',
  'rowsDigest',
  'code',
  'changes',
  'salt',
  'prevHash',
  'hash',
] as const
const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`)

/** The bytes of all text, beside the text: what a decoder drops or replaces shows in their number. */
const byteCount = textColumns.map((name) => `coalesce(octet_length("${name}"), 0)`).join(' + ')
const width = entryColumns.length + 1
const chunk: Statement = {
  sql: `select ${quoted(entryColumns).join(', ')}, ${byteCount} from main."_dbal_audit" where "seq" > ? order by "seq" limit ?`,
  columns: [...entryColumns.map(() => 'any' as const), 'integer'],
}
/** A comparison of texts is one of their bytes, in every database. */
const sameBytes: Statement = {
  sql: `select count(*) from main."_dbal_audit" where "seq" = ? and ${quoted(textColumns)
    .map((name) => `coalesce(${name}, '') = ?`)
    .join(' and ')}`,
  columns: ['integer'],
}

/** Below every number that a row can have. */
const leastSeq = -(2n ** 63n)

/** @param given an earlier head, which must be that of a beginning of the log */
export function* verifyEntries(given: GivenHead | null): Work<AuditVerification> {
  const tree = new MerkleFrontier()
  let last = genesisHash
  let after: SqlValue = leastSeq
  const end = (firstBad?: Problem): AuditVerification => ({
    ok: firstBad === undefined,
    entries: tree.size,
    head: { seq: tree.size, hash: last, root: bytesToHex(tree.root()) },
    ...(firstBad && { firstBad }),
  })
  if (contradicts(given, tree, last))
    return end({ seq: 0, reason: 'the given head is not that of an empty log' })
  for (;;) {
    const { values } = yield* readPart(500, (rows, most) => rowsAfter(after, rows, most))
    for (let at = 0; at < values.length; at += width) {
      const row = values.slice(at, at + width)
      const problem = yield* problemOf(row, tree.size + 1, last)
      if (problem) return end(problem)
      last = row[hashAt] as string
      tree.append(hexToBytes(last))
      if (contradicts(given, tree, last))
        return end({ seq: tree.size, reason: 'is not the entry that the given head ends with' })
    }
    if (values.length === 0) break
    after = tree.size
  }
  if (given && given.seq > tree.size) {
    return end({ seq: tree.size + 1, reason: `is missing: the given head counts ${given.seq} entries` })
  }
  return end()
}

function* rowsAfter(seq: SqlValue, rows: number, most?: ReadLimits): Work<readonly unknown[]> {
  return (yield* ask(chunk, [seq, rows], most)).values
}

interface Problem {
  readonly seq: number
  readonly reason: string
}

function contradicts(given: GivenHead | null, tree: MerkleFrontier, last: string): boolean {
  if (given?.seq !== tree.size) return false
  return given.hash !== last || (given.root !== undefined && given.root !== bytesToHex(tree.root()))
}

const hashAt = entryColumns.indexOf('hash')

/** Entries that were changed together with all that follow hold in themselves; only a head kept elsewhere tells. */
function* problemOf(row: readonly unknown[], seq: number, last: string): Work<Problem | undefined> {
  const found = row[0] as number | bigint
  if (found > seq) return { seq, reason: 'is missing' }
  if (found < seq) return { seq: Number(found), reason: 'stands before the first entry' }
  const entry = readEntry(row)
  if (!entry) return { seq, reason: 'holds a value that no entry holds' }
  if (entry.prevHash !== last) return { seq, reason: 'does not continue the entry before it' }
  if (hashEntry(entry) !== row[hashAt]) return { seq, reason: 'does not have the hash of its content' }
  if (!(yield* isExact(row, seq))) return { seq, reason: 'has other bytes than its text' }
  return undefined
}

/** Undefined for what `append` never writes. */
function readEntry(row: readonly unknown[]): StoredEntry | undefined {
  if (!optionalTexts.every((at) => row[at] === null || typeof row[at] === 'string')) return undefined
  if (!requiredTexts.every((at) => typeof row[at] === 'string')) return undefined
  // In the order of `entryColumns`; one assignment, because it is done for every entry there is.
  const [
    seq,
    at,
    userId,
    username,
    role,
    sessionId,
    guest,
    entity,
    operation,
    rowIds,
    rowCount,
    rowsDigest,
    success,
    code,
    durationMs,
    changes,
    requestId,
    salt,
    prevHash,
    hash,
  ] = row as RawEntry
  const sound =
    typeof rowCount === 'number' &&
    (success === 0 || success === 1) &&
    typeof durationMs === 'number' &&
    (requestId === null || typeof requestId === 'string' || typeof requestId === 'number') &&
    hashForm.test(hash) &&
    isCanonical(rowIds) &&
    (changes === null || isCanonical(changes))
  if (!sound) return undefined
  return {
    seq,
    at,
    userId,
    username,
    role,
    sessionId,
    guest,
    entity,
    operation,
    rowIds,
    rowCount,
    rowsDigest,
    code,
    durationMs,
    changes,
    requestId,
    salt,
    prevHash,
    success: success === 1,
  }
}

type RawEntry = [
  seq: number,
  at: string,
  userId: string | null,
  username: string | null,
  role: StoredEntry['role'],
  sessionId: string | null,
  guest: string | null,
  entity: string | null,
  operation: string,
  rowIds: string,
  rowCount: number,
  rowsDigest: string | null,
  success: 0 | 1,
  code: StoredEntry['code'],
  durationMs: number,
  changes: string | null,
  requestId: number | string | null,
  salt: string,
  prevHash: string,
  hash: string,
]

const indexesOf = (names: readonly (typeof entryColumns)[number][]) =>
  names.map((name) => entryColumns.indexOf(name))
const optionalTexts = indexesOf([
  'userId',
  'username',
  'sessionId',
  'guest',
  'entity',
  'rowsDigest',
  'code',
  'changes',
])
const requiredTexts = indexesOf(['at', 'role', 'operation', 'rowIds', 'salt', 'prevHash', 'hash'])
const hashForm = /^[0-9a-f]{64}$/

/** The hash takes json columns as they are, which is sound only for the one text that a value has. */
function isCanonical(text: string): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === text
  } catch {
    // Not JSON at all.
    return false
  }
}

/**
 * Whether the text that was read says all that its bytes hold. Decoders cut at a NUL, which the number of bytes shows, and
 * replace what is no UTF-8 by U+FFFD, where the database is asked whether that is what it has.
 */
function* isExact(row: readonly unknown[], seq: number): Work<boolean> {
  const texts = textIndexes.map((index) => row[index] as string | null)
  const bytes = texts.reduce((sum, text) => sum + (text === null ? 0 : utf8Length(text)), 0)
  if (bytes !== row[entryColumns.length]) return false
  if (!texts.some((text) => text?.includes('\ufffd'))) return true
  const { values } = yield* ask(sameBytes, [seq, ...texts.map((text) => text ?? '')])
  return values[0] === 1
}

const textIndexes = indexesOf(textColumns)
