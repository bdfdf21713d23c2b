/**
 * Before and after: what an entry keeps of the rows that it tells of, and what a reader sees of that. Hidden fields never
 * get in; fields that a reader may not read do not get out.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import type { EntityAccess } from '../access/access.ts'
import type { RowChange } from '../call.ts'
import type { EntityModel } from '../model.ts'
import { canonicalJson } from './canonical-json.ts'

/** Stands for a value that is not shown. The same for every value, null included. */
export const redacted = '[redacted]'

export type Changes = { readonly [field: string]: readonly [before: unknown, after: unknown] }

interface ImageField {
  readonly name: string
  readonly hidden: boolean
  /** `"name":` */
  readonly key: string
}

const fieldsByEntity = new WeakMap<EntityModel, readonly ImageField[]>()

/** Fields in the order of canonical JSON, worked out once for an entity. */
function imageFields(entity: EntityModel): readonly ImageField[] {
  let fields = fieldsByEntity.get(entity)
  if (!fields) {
    fields = entity.fields
      .map(({ name, data }) => ({ name, hidden: data.hidden, key: `${JSON.stringify(name)}:` }))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
    fieldsByEntity.set(entity, fields)
  }
  return fields
}

/** Canonical JSON of the changed fields as `{ field: [before, after] }`; a row that is not there has nulls. */
export function changesText({ entity, before, after }: RowChange): string {
  let text = ''
  for (const { name, hidden, key } of imageFields(entity)) {
    const left = before === null ? 'null' : imageText(before[name])
    const right = after === null ? 'null' : imageText(after[name])
    if (left === right) continue
    text += `${text === '' ? '{' : ','}${key}${hidden ? hiddenImage : `[${left},${right}]`}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** SQL text as an entry keeps it: nothing that was a value in it. */
export interface RecordedText {
  /** Rows that it gave. */
  readonly rows: number
  readonly text: string
}

/** In the form of changes, which is what an entry has room for. */
export function recordedText({ rows, text }: RecordedText): string {
  return canonicalJson({ rows: [null, rows], text: [null, text] })
}

const hiddenImage = `["${redacted}","${redacted}"]`

/** A value as JSON: a bigint as decimal text, bytes as hexadecimal text. */
function imageText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
    case 'bigint':
      return `"${value}"`
    default:
      if (value === null || value === undefined) return 'null'
      return value instanceof Uint8Array ? `"${bytesToHex(value)}"` : canonicalJson(value)
  }
}

/** An id as it is stored and searched for: a composite key is an object of such values. */
export function idText(id: unknown): string {
  if (typeof id !== 'object' || id === null || id instanceof Uint8Array) return imageText(id)
  const members = Object.entries(id).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${imageText(value)}`).join(',')}}`
}

/**
 * The changes as a reader may see them: all of them where `access` is 'whole'. Of an entity that the schema no longer has, of one of which the reader may not
 * read every row, and of a field that the reader may not read, no value is shown: an entry does not say which rows were in
 * the reader's sight.
 */
export function visibleChanges(
  changes: Changes,
  access: EntityAccess | 'whole' | undefined,
): { readonly changes: Changes; readonly complete: boolean } {
  if (access === 'whole') return { changes, complete: true }
  const seesRows = access?.guard('read')?.everyRow === true
  const visible: Record<string, readonly [unknown, unknown]> = {}
  let complete = true
  for (const [name, images] of Object.entries(changes)) {
    const field = access?.entity.field(name)
    const shown = seesRows && field !== undefined && access.canRead(field)
    if (!shown && !images.every((image) => image === redacted)) complete = false
    visible[name] = shown ? images : [redacted, redacted]
  }
  return { changes: visible, complete }
}
