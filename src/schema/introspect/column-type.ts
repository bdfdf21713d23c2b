/** What a column of a foreign SQLite file holds, from its declaration: SQLite's own affinity, and names that say more. */

import type { FieldType, JsonValue } from '../schema.ts'

/** First match counts. What a declaration does not promise (a BOOLEAN column may hold 7) the type does not claim. */
const byName: readonly (readonly [RegExp, FieldType])[] = [
  [/^$|^ANY$/, 'any'],
  [/BOOL/, 'integer'],
  [/^(?:BIGINT|INT8|UNSIGNED BIG INT|INT64|UINT64)\b/, 'bigint'],
  // SQLite's affinities, in SQLite's order.
  [/INT/, 'integer'],
  [/CHAR/, 'string'],
  [/CLOB|TEXT/, 'text'],
  [/BLOB/, 'bytes'],
  [/REAL|FLOA|DOUB/, 'number'],
  // The rest is NUMERIC to SQLite, which keeps text that is no number as it is.
  [/DATE|TIME|JSON/, 'text'],
  [/UUID|GUID|STRING/, 'string'],
  [/NUMERIC|DECIMAL|NUMBER|MONEY/, 'number'],
]

export function typeOfDeclaration(declaration: string): FieldType {
  const upper = declaration.trim().toUpperCase()
  return byName.find(([pattern]) => pattern.test(upper))?.[1] ?? 'any'
}

/** A column's DEFAULT: a value that JSON can hold, `null` where there is none, undefined for what only SQL can work out. */
export function readDefault(text: string | null, type: FieldType): JsonValue | undefined {
  const literal =
    text
      ?.trim()
      .replace(/^\((.*)\)$/s, '$1')
      .trim() ?? 'null'
  if (/^null$/i.test(literal)) return null
  const string = /^'((?:[^']|'')*)'$/.exec(literal)?.[1]?.replaceAll("''", "'")
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(string ?? literal)
  switch (type) {
    case 'integer':
    case 'bigint': {
      const truth = /^true$/i.test(literal) ? 1 : /^false$/i.test(literal) ? 0 : undefined
      const value = truth ?? (isNumber ? Number(string ?? literal) : undefined)
      return Number.isSafeInteger(value) ? value : undefined
    }
    case 'number':
      return isNumber ? Number(string ?? literal) : undefined
    case 'any':
      return string ?? (isNumber && Number.isFinite(Number(literal)) ? Number(literal) : undefined)
    case 'string':
    case 'text':
      return string ?? (/^-?(?:0|[1-9]\d*)$/.test(literal) ? literal : undefined)
    default:
      return undefined
  }
}
