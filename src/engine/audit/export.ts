/** The log as JSON Lines, which anybody can verify without the database. */

import type { Dialect } from '../dialect.ts'
import type { Work } from '../work.ts'
import { canonicalJson, sha256Hex } from './canonical-json.ts'
import { entryColumns, genesisHash } from './entry.ts'
import { type Changes, visibleChanges } from './images.ts'
import { compare, filterTerms, type ReaderAccess, selectEntries } from './list.ts'
import { readExportOptions } from './list-options.ts'
import { readPart } from './parts.ts'

export interface ExportedLines {
  /** Canonical JSON, oldest entry first, without line feeds. */
  readonly lines: readonly string[]
  /** To be given as `after` for the next page; absent on the last. */
  readonly next?: number
}

const seqAt = entryColumns.indexOf('seq')
const entityAt = entryColumns.indexOf('entity')
const changesAt = entryColumns.indexOf('changes')

/**
 * A line whose images the reader may not see in full has `redacted: true` and no salt: it shows its place in the chain,
 * but its own hash can only be recomputed by who may see it all.
 */
export function* exportEntries(
  options: unknown,
  access: ReaderAccess,
  dialect: Dialect,
): Work<ExportedLines> {
  const { filter, after, limit: asked } = readExportOptions(options)
  const terms = [compare('seq', '>', after), ...filterTerms(filter)]
  const { rows: limit, values } = yield* readPart(asked, (rows, most) =>
    selectEntries(entryColumns, terms, dialect, { descending: false, limit: rows + 1, offset: 0 }, most),
  )
  const width = entryColumns.length
  const lines: string[] = []
  for (let at = 0; at < Math.min(values.length, limit * width); at += width) {
    const entry: Record<string, unknown> = Object.fromEntries(
      entryColumns.map((name, index) => [name, values[at + index]]),
    )
    const changes = values[at + changesAt] as Changes | null
    if (changes !== null) {
      const visible = visibleChanges(changes, access(values[at + entityAt] as string | null))
      if (!visible.complete) {
        entry.changes = visible.changes
        entry.redacted = true
        delete entry.salt
      }
    }
    lines.push(canonicalJson(entry))
  }
  return values.length > limit * width
    ? { lines, next: values[(limit - 1) * width + seqAt] as number }
    : { lines }
}

export interface LinesVerification {
  readonly ok: boolean
  readonly entries: number
  readonly firstBad?: { readonly line: number; readonly reason: string }
}

/**
 * Verifies exported lines by themselves: each has the hash of its content and continues the one before.
 * @param lines from the first entry on, without a filter
 */
export function verifyLines(lines: Iterable<string>): LinesVerification {
  let last = genesisHash
  let entries = 0
  for (const line of lines) {
    const reason = lineProblem(line, entries + 1, last)
    if (reason) return { ok: false, entries, firstBad: { line: entries + 1, reason } }
    last = (JSON.parse(line) as { hash: string }).hash
    entries++
  }
  return { ok: true, entries }
}

function lineProblem(line: string, seq: number, last: string): string | undefined {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return 'is not JSON'
  }
  const { hash, ...content } = entry
  if (entry.seq !== seq) return `is not entry ${seq}`
  if (entry.prevHash !== last) return 'does not continue the line before it'
  if (entry.redacted === true) return undefined
  return sha256Hex(canonicalJson(content)) === hash ? undefined : 'does not have the hash of its content'
}
