/** Who did what: reading the audit log. */

import type { DBALErrorCode } from '../protocol/error.ts'
import type { Actor } from '../protocol/principal.ts'
import type { Page } from '../schema/infer.ts'
import type { Connection } from './connection.ts'

export interface AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: string
  readonly userId: string | null
  readonly username: string | null
  readonly role: Actor
  readonly sessionId: string | null
  readonly guest: string | null
  readonly entity: string | null
  readonly operation: string
  /** At most 1,000 of them; `rowCount` says how many there were. */
  readonly rowIds: readonly unknown[]
  readonly rowCount: number
  /** SHA-256 over all ids, where they are more than are kept. */
  readonly rowsDigest: string | null
  readonly success: boolean
  readonly code: DBALErrorCode | null
  readonly durationMs: number
  /** Before and after of each changed field; null where the entry changes none, or changes many rows. */
  readonly changes: { readonly [field: string]: readonly [before: unknown, after: unknown] } | null
  readonly requestId: number | string | null
  readonly prevHash: string
  readonly hash: string
}

export interface AuditFilter {
  readonly entity?: string | null | undefined
  readonly operation?: string | undefined
  readonly userId?: string | null | undefined
  readonly username?: string | null | undefined
  readonly role?: Actor | undefined
  readonly success?: boolean | undefined
  readonly code?: DBALErrorCode | null | undefined
  readonly requestId?: number | string | null | undefined
  /** The id of one of the rows. */
  readonly rowId?: unknown
  /** ISO 8601; included. */
  readonly from?: string | undefined
  /** ISO 8601; not included. */
  readonly to?: string | undefined
}

export interface AuditListOptions {
  readonly filter?: AuditFilter | undefined
  /** Default: newest first. */
  readonly sort?: { readonly seq: 'asc' | 'desc' } | undefined
  /** Default 20, at most 100. */
  readonly limit?: number | undefined
  readonly page?: number | undefined
  readonly cursor?: string | undefined
  readonly count?: boolean | undefined
}

/** The state of the log at one moment; kept elsewhere, it exposes truncation and rewriting later. */
export interface AuditHead {
  /** Of the last entry; 0 of an empty log. */
  readonly seq: number
  readonly hash: string
  /** Root of the Merkle tree (RFC 6962) over the hashes of the entries. */
  readonly root: string
}

export interface AuditVerification {
  readonly ok: boolean
  /** How many entries hold. */
  readonly entries: number
  /** Of the entries that hold. */
  readonly head: AuditHead
  readonly firstBad?: { readonly seq: number; readonly reason: string }
}

export interface AuditSurface {
  /** Newest first. For admin and above. */
  list(options?: AuditListOptions): Promise<Page<AuditEntry>>
  /** Recomputes every hash; with an earlier head it also proves that the log only grew since. For admin and above. */
  verify(options?: { readonly head?: AuditHead }): Promise<AuditVerification>
  /** For admin and above. */
  head(): Promise<AuditHead>
  /** Every entry, oldest first, one line of JSON each. For god and above. */
  export(options?: { readonly filter?: AuditFilter }): AsyncIterable<string>
}

export function auditSurface(connection: Connection): AuditSurface {
  return {
    list: (options) => connection.call('audit.list', [options]) as Promise<Page<AuditEntry>>,
    verify: (options) => connection.call('audit.verify', [options]) as Promise<AuditVerification>,
    head: () => connection.call('audit.head', []) as Promise<AuditHead>,
    async *export(options) {
      let after: number | undefined
      do {
        const page = (await connection.call('audit.export', [{ ...options, after }])) as ExportedPage
        yield* page.lines
        after = page.next
      } while (after !== undefined)
    },
  }
}

interface ExportedPage {
  readonly lines: readonly string[]
  /** Where the next page starts; absent on the last. */
  readonly next?: number
}
