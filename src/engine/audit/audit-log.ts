/**
 * The log of who did what. Append-only, written in the transaction that it describes, each entry bound to the one before
 * by its hash.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { DriverError, type SqlValue, type Statement } from '../../drivers/driver.ts'
import type { DBALErrorCode } from '../../protocol/error.ts'
import type { Principal } from '../../protocol/principal.ts'
import type { RowChange } from '../call.ts'
import type { Dialect } from '../dialect.ts'
import type { Random } from '../ids.ts'
import { ask, tell, type Work } from '../work.ts'
import { sha256Hex } from './canonical-json.ts'
import { entryColumns, entryText, genesisHash, maxStoredIds, type StoredEntry } from './entry.ts'
import { type ExportedLines, exportEntries } from './export.ts'
import { readHead } from './head.ts'
import { changesText, idText, type RecordedText, recordedText } from './images.ts'
import { type AuditPage, listEntries, type ReaderAccess } from './list.ts'
import { MerkleFrontier } from './merkle.ts'
import { type AuditVerification, verifyEntries } from './verify.ts'

/** What the caller of `append` knows of an entry. */
export interface AuditDraft {
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string
  readonly principal: Principal
  readonly entity: string | null
  readonly operation: string
  readonly rowIds: readonly unknown[]
  readonly success: boolean
  readonly code: DBALErrorCode | null
  readonly durationMs: number
  /** Rows with every field; what of them is kept is decided here. */
  readonly changes: readonly RowChange[]
  /** A bulk write keeps the ids of its rows, not their images. */
  readonly bulk?: boolean
  /** Of SQL that was run: its text, without literals. */
  readonly text?: RecordedText
  readonly requestId: number | string | null
  /** The grant through which a guest frame called. */
  readonly guest?: string | null
}

/** The state of the log at one moment; kept elsewhere, it exposes truncation and rewriting later. */
export interface AuditHead {
  /** Of the last entry, which is also their number; 0 of an empty log. */
  readonly seq: number
  readonly hash: string
  /** RFC 6962 tree head over the hashes of the entries. */
  readonly root: string
}

const insertEntry: Statement = {
  sql: `insert into main."_dbal_audit" (${entryColumns.map((name) => `"${name}"`).join(', ')}) values (${entryColumns.map(() => '?').join(', ')})`,
  columns: [],
}
const lastEntry: Statement = {
  sql: 'select "seq", "hash" from main."_dbal_audit" order by "seq" desc limit 1',
  columns: ['integer', 'text'],
}
const hashesAfter: Statement = {
  sql: 'select "hash" from main."_dbal_audit" where "seq" > ? order by "seq" limit 2000',
  columns: ['text'],
}

interface End {
  readonly seq: number
  readonly hash: string
}

export class AuditLog {
  readonly #dialect: Dialect
  readonly #random: Random
  readonly #sha256: (text: string) => string
  /** Null when it is not known: at the start, and after anything that may have undone what was written. */
  #end: End | null = null
  #salts: Uint8Array = new Uint8Array(0)
  #nextSalt = 0

  /** @param sha256 of the text in UTF-8, in hexadecimal digits */
  constructor(dialect: Dialect, random: Random, sha256 = sha256Hex) {
    this.#dialect = dialect
    this.#random = random
    this.#sha256 = sha256
  }

  /** Forgets where the log ends. Call it after every rollback, also of a savepoint, in which `append` may have run. */
  reset(): void {
    this.#end = null
  }

  /** Reads where the log ends, in a transaction that has its turn: before its end nobody else goes on. */
  *prime(): Work<void> {
    this.#end = yield* readEnd()
  }

  /** Writes entries in the caller's transaction. What throws leaves nothing remembered. */
  *append(drafts: readonly AuditDraft[]): Work<void> {
    const known = this.#end
    this.#end = null
    let end = known ?? (yield* readEnd())
    for (const [index, draft] of drafts.entries()) {
      try {
        end = yield* this.#write(draft, end)
      } catch (error) {
        // Another process has the file too, and has gone on. Behind the first entry that cannot be: ours is the one writer.
        if (!known || index > 0 || !isTaken(error)) throw error
        end = yield* this.#write(draft, yield* readEnd())
      }
    }
    this.#end = end
  }

  *#write(draft: AuditDraft, end: End): Work<End> {
    const entry = this.#entryOf(draft, end)
    const hash = this.#sha256(entryText(entry))
    yield* tell(insertEntry, parametersOf(entry, hash, this.#dialect), 'late')
    return { seq: entry.seq, hash }
  }

  /**
   * @param options as a caller gave them
   * @param access what the reader may do with the entity that an entry names
   * @throws DBALError VALIDATION_ERROR
   */
  *list(options: unknown, access: ReaderAccess): Work<AuditPage> {
    return yield* listEntries(options, access, this.#dialect)
  }

  /** One page of canonical JSON lines, oldest first. @throws DBALError VALIDATION_ERROR */
  *exportLines(options: unknown, access: ReaderAccess): Work<ExportedLines> {
    return yield* exportEntries(options, access, this.#dialect)
  }

  /**
   * Recomputes every hash.
   * @param options `{ head }`: an earlier head, which must be that of a beginning of this log
   * @throws DBALError VALIDATION_ERROR
   */
  *verify(options: unknown): Work<AuditVerification> {
    return yield* verifyEntries(readHead(options))
  }

  *head(): Work<AuditHead> {
    const tree = new MerkleFrontier()
    let last = genesisHash
    for (;;) {
      const hashes = (yield* ask(hashesAfter, [tree.size])).values as string[]
      if (hashes.length === 0) return { seq: tree.size, hash: last, root: bytesToHex(tree.root()) }
      for (const hash of hashes) tree.append(hexToBytes(hash))
      last = hashes.at(-1) as string
    }
  }

  #entryOf(draft: AuditDraft, end: End): StoredEntry {
    const { principal, rowIds } = draft
    const stored = rowIds.length > maxStoredIds ? rowIds.slice(0, maxStoredIds) : rowIds
    return {
      seq: end.seq + 1,
      at: draft.at,
      userId: plainText(principal.userId),
      username: plainText(principal.username),
      role: principal.role,
      sessionId: plainText(principal.sessionId),
      guest: plainText(draft.guest ?? null),
      entity: plainText(draft.entity),
      operation: plainText(draft.operation),
      rowIds: `[${stored.map(idText).join(',')}]`,
      rowCount: rowIds.length,
      rowsDigest: stored === rowIds ? null : digestOf(rowIds),
      success: draft.success,
      code: draft.code,
      durationMs: draft.durationMs,
      changes: imagesOf(draft),
      requestId: plainRequestId(draft.requestId),
      salt: this.#salt(),
      prevHash: end.hash,
    }
  }

  /** Random bytes are fetched by the thousand, because every write needs some. */
  #salt(): string {
    if (this.#nextSalt === this.#salts.length) {
      this.#salts = this.#random.bytes(saltBytes * 128)
      this.#nextSalt = 0
    }
    this.#nextSalt += saltBytes
    return bytesToHex(this.#salts.subarray(this.#nextSalt - saltBytes, this.#nextSalt))
  }
}

function imagesOf({ text, changes, bulk }: AuditDraft): string | null {
  if (text) return recordedText(text)
  const [change, ...more] = changes
  return change && more.length === 0 && !bulk ? changesText(change) : null
}

const saltBytes = 16

/** The number of the entry stands in the log already: the table's trigger refuses it, or its key does. */
function isTaken(error: unknown): boolean {
  return error instanceof DriverError && (error.kind === 'trigger' || error.kind === 'unique')
}

function* readEnd(): Work<End> {
  const { values } = yield* ask(lastEntry, [])
  return values.length === 0
    ? { seq: 0, hash: genesisHash }
    : { seq: values[0] as number, hash: values[1] as string }
}

/** What SQLite would not give back as it was: half a surrogate pair, and a NUL, at which some readers stop. */
function plainText<Text extends string | null>(value: Text): Text {
  return (value === null ? null : value.toWellFormed().replaceAll('\0', '\ufffd')) as Text
}

/** Ids come from callers: what is neither text nor a whole number could not be told again as it was. */
function plainRequestId(id: unknown): string | number | null {
  if (typeof id === 'string') return plainText(id)
  return Number.isSafeInteger(id) ? (id as number) : null
}

function parametersOf(entry: StoredEntry, hash: string, dialect: Dialect): SqlValue[] {
  return [
    entry.seq,
    entry.at,
    entry.userId,
    entry.username,
    entry.role,
    entry.sessionId,
    entry.guest,
    entry.entity,
    entry.operation,
    entry.rowIds,
    entry.rowCount,
    entry.rowsDigest,
    entry.success ? 1 : 0,
    entry.code,
    entry.durationMs,
    entry.changes,
    dialect.encode('any', entry.requestId),
    entry.salt,
    entry.prevHash,
    hash,
  ]
}

/** SHA-256 over the canonical JSON of each id, each followed by a line feed. */
function digestOf(ids: readonly unknown[]): string {
  const digest = sha256.create()
  for (let at = 0; at < ids.length; at += 1_000) {
    digest.update(
      utf8ToBytes(
        `${ids
          .slice(at, at + 1_000)
          .map(idText)
          .join('\n')}\n`,
      ),
    )
  }
  return bytesToHex(digest.digest())
}
