/** Results of both sides in one form: a boolean is its number, a json value its text, whoever decoded it. */

export const canonRows = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(canon(row)))

/** As multisets: what has no order has none here. */
export const canonSet = (rows: readonly object[]): string[] => canonRows(rows).sort()

function canon(value: unknown): unknown {
  switch (typeof value) {
    case 'boolean':
      return Number(value)
    case 'bigint':
      return Number(value)
    case 'number':
      // The last digit of an average depends on how it was added up.
      return Number.isInteger(value) ? value + 0 : Number(value.toPrecision(14))
    case 'string':
      return canonText(value)
    case 'object': {
      if (value === null) return null
      if (Array.isArray(value)) return { list: value.map((item) => JSON.stringify(canon(item))).sort() }
      return Object.entries(value)
        .map(([name, item]) => [name, canon(item)])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    }
    default:
      throw new Error(`a result held a ${typeof value}`)
  }
}

function canonText(text: string): unknown {
  if (!/^[[{]/.test(text)) return text
  try {
    return canon(JSON.parse(text))
  } catch {
    return text
  }
}
