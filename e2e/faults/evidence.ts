/** What a database holds after a load, and what is wrong with it. */

import type { Page } from '@playwright/test'
import type { Note } from './load.ts'

interface StoredRow {
  readonly id: string
  readonly key: string
  readonly part: number
  readonly of: number
  readonly kind: string
}

export interface Evidence {
  readonly rows: readonly StoredRow[]
  /** Step of the last batch, by writer. */
  readonly progress: readonly { readonly id: string; readonly writer: string; readonly step: number }[]
  readonly integrity: { readonly ok: boolean; readonly problems: readonly string[] }
  readonly audit: {
    readonly ok: boolean
    readonly firstBad?: { readonly seq: number; readonly reason: string }
  }
  /** Ids out of the successful entries of the audit log. */
  readonly audited: { readonly created: readonly string[]; readonly deleted: readonly string[] }
}

/** Reads everything through `window.loadClient`. */
export function readEvidence(page: Page): Promise<Evidence> {
  return page.evaluate(async () => {
    const client = window.loadClient
    const allOf = async <Row>(name: string): Promise<Row[]> => {
      const handle = client.entity(name as 'User')
      const rows: unknown[] = []
      let cursor: string | undefined
      do {
        const found = await handle.list({ limit: 5_000, ...(cursor && { cursor }) })
        rows.push(...found.data)
        cursor = found.hasMore ? found.nextCursor : undefined
      } while (cursor)
      return rows as Row[]
    }
    const created: string[] = []
    const deleted: string[] = []
    for await (const line of client.audit.export()) {
      const { operation, rowIds, success } = JSON.parse(line) as {
        operation: string
        rowIds: string[]
        success: boolean
      }
      if (!success) continue
      if (operation === 'create' || operation === 'createMany') created.push(...rowIds)
      if (operation === 'delete') deleted.push(...rowIds)
    }
    const rows = await allOf<StoredRow>('Entry')
    return {
      rows: rows.map(({ id, key, part, of, kind }) => ({ id, key, part, of, kind })),
      progress: await allOf<{ id: string; writer: string; step: number }>('Progress'),
      integrity: await client.checkIntegrity(),
      audit: await client.audit.verify(),
      audited: { created, deleted },
    }
  })
}

/** Everything that is wrong, in words; empty when every promise was kept. */
export function problemsOf(notes: readonly Note[], evidence: Evidence): string[] {
  return [
    ...(evidence.integrity.ok ? [] : [`integrity: ${evidence.integrity.problems.join('; ')}`]),
    ...(evidence.audit.ok ? [] : [`audit: ${JSON.stringify(evidence.audit.firstBad)}`]),
    ...problemsOfGroups(notes, evidence.rows),
    ...problemsOfBatches(evidence),
    ...problemsOfAudit(evidence),
  ]
}

function problemsOfGroups(notes: readonly Note[], rows: readonly StoredRow[]): string[] {
  const groups = Map.groupBy(rows, ({ key }) => key)
  const keysOf = (what: Note['what']) =>
    new Set(notes.filter((note) => note.what === what).map(({ key }) => key))
  const mayBeGone = keysOf('deleting')
  const isGone = keysOf('deleted')
  const lost = notes.filter(({ what, key }) => what === 'created' && !groups.has(key) && !mayBeGone.has(key))
  return [
    ...lost.map(({ key, rows }) => `${key}: acknowledged with ${rows} rows, and none is there`),
    ...[...groups].flatMap(([key, group]) => {
      const [first] = group
      const parts = new Set(group.map(({ part }) => part))
      if (isGone.has(key)) return `${key}: deleted, and there`
      if (parts.size < group.length) return `${key}: written twice`
      return first && group.length !== first.of
        ? `${key}: ${group.length} of the ${first.of} rows of one ${first.kind}`
        : []
    }),
  ]
}

/** A batch made rows and changed a row: both, or none. */
function problemsOfBatches({ rows, progress }: Evidence): string[] {
  const last = new Map<string, number>()
  for (const { key, kind } of rows) {
    const [run = '', writer = '', step = ''] = key.split(':')
    const name = `${run}:${writer}`
    if (kind === 'batch') last.set(name, Math.max(last.get(name) ?? 0, Number(step)))
  }
  return progress.flatMap(({ writer, step }) =>
    step === (last.get(writer) ?? 0)
      ? []
      : `${writer}: its batches set step ${step}, their last rows are of step ${last.get(writer) ?? 0}`,
  )
}

/** What the log says was made, less what it says was deleted, is what there is. */
function problemsOfAudit({ rows, progress, audited }: Evidence): string[] {
  const created = new Set(audited.created)
  const expected = created.difference(new Set(audited.deleted))
  const stored = new Set([...rows, ...progress].map(({ id }) => id))
  const count = (set: Set<string>, text: string) => (set.size > 0 ? [`${set.size} rows ${text}`] : [])
  return [
    ...count(stored.difference(expected), 'are stored and not in the audit log'),
    ...count(expected.difference(stored), 'are in the audit log and not stored'),
    ...(created.size < audited.created.length ? ['the audit log has a creation twice'] : []),
  ]
}
