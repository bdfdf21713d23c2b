/**
 * `'props.items[0].title'`: a json field, then keys after dots and positions in brackets. The path becomes a bound
 * parameter in SQLite's own notation, every key in quotes; a key with a quote or a backslash cannot be written in it.
 */

import { invalid } from '../../protocol/error.ts'
import type { EntityModel, FieldModel } from '../model.ts'

const part = /\.([^.[\]"\\\p{Cc}]+)|\[(\d{1,9})\]/uy
const longestPath = 500
const mostParts = 32

export interface JsonPlace {
  readonly field: FieldModel
  readonly path: string
  /** The same path as keys and positions. */
  readonly parts: readonly (string | number)[]
}

/**
 * @returns undefined when the name does not begin with a json field of the entity
 * @throws DBALError VALIDATION_ERROR for a json field with a bad path behind it
 */
export function parseJsonPath(entity: EntityModel, name: string, issuePath: string): JsonPlace | undefined {
  const end = name.search(/[.[]/)
  const field = end > 0 ? entity.field(name.slice(0, end)) : undefined
  if (field?.data.type !== 'json') return undefined
  let path = '$'
  const parts: (string | number)[] = []
  part.lastIndex = end
  for (let at = end; at < name.length; at = part.lastIndex) {
    const match = name.length <= longestPath && parts.length < mostParts ? part.exec(name) : null
    if (!match || match[1] === '__proto__') {
      throw invalid(issuePath, `is not a path into ${field.name}, such as ${field.name}.items[0].title`)
    }
    path += match[1] === undefined ? `[${match[2]}]` : `."${match[1]}"`
    parts.push(match[1] ?? Number(match[2]))
  }
  return { field, path, parts }
}
