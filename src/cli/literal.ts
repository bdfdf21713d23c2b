/** Plain data as the TypeScript that a person would have written. */

const lineWidth = 110

/** @param indent columns that the first line already takes up; following lines are indented by whole levels */
export function printLiteral(value: unknown, level = 0, taken = 0): string {
  const short = printShort(value)
  if (taken + level * 2 + short.length < lineWidth && !short.includes('\n')) return short
  const inner = '  '.repeat(level + 1)
  const outer = '  '.repeat(level)
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${inner}${printLiteral(item, level + 1)},\n`).join('')}${outer}]`
  }
  if (typeof value !== 'object' || value === null) return short
  const members = Object.entries(value).map(([key, member]) => {
    const name = `${printKey(key)}: `
    return `${inner}${name}${printLiteral(member, level + 1, name.length)},\n`
  })
  return `{\n${members.join('')}${outer}}`
}

function printShort(value: unknown): string {
  if (typeof value === 'string') return printText(value)
  if (Array.isArray(value)) return `[${value.map(printShort).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, member]) => `${printKey(key)}: ${printShort(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function printKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : printText(key)
}

/** Single quotes; where they would have to be escaped, double ones. */
export function printText(text: string): string {
  const double = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  if (text.includes("'")) return double
  return `'${double.slice(1, -1).replaceAll('\\"', '"')}'`
}
