/** What JSON.parse does not tell: keys that come twice, keys that are never one, nesting without end. */

/** A problem, by the element of the outermost array that it is in; element 0 where that is no array. */
export type JsonProblems = ReadonlyMap<number, string>

const quote = 0x22
const backslash = 0x5c
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d
const comma = 0x2c

/** Looks at the structure only: whether it is JSON at all is for JSON.parse to say. */
export function scanJson(text: string, maxDepth: number): JsonProblems {
  const problems = new Map<number, string>()
  /** The keys of each object that is open, null for an array. */
  const open: (Set<string> | null)[] = []
  let element = 0
  let isKeyNext = false
  const note = (problem: string) => {
    if (!problems.has(element)) problems.set(element, problem)
  }
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at)
        if (end < 0) return problems
        const keys = isKeyNext ? open.at(-1) : null
        if (keys) noteKey(keys, text.slice(at + 1, end), note)
        isKeyNext = false
        at = end
        break
      }
      case openObject:
        open.push(new Set())
        isKeyNext = true
        if (open.length === maxDepth + 1) note(`is nested more than ${maxDepth} deep`)
        break
      case openArray:
        open.push(null)
        isKeyNext = false
        if (open.length === maxDepth + 1) note(`is nested more than ${maxDepth} deep`)
        break
      case closeObject:
      case closeArray:
        open.pop()
        isKeyNext = false
        break
      case comma:
        isKeyNext = open.at(-1) instanceof Set
        if (open.length === 1 && open[0] === null) element++
        break
    }
  }
  return problems
}

function noteKey(keys: Set<string>, written: string, note: (problem: string) => void): void {
  const key = written.includes('\\') ? unescaped(written) : written
  if (key === '__proto__') note('__proto__ is not a name')
  if (keys.has(key)) note(`the key ${JSON.stringify(key.slice(0, 80))} comes twice`)
  keys.add(key)
}

function unescaped(written: string): string {
  try {
    return JSON.parse(`"${written}"`) as string
  } catch {
    // Not JSON: the whole text is refused for it.
    return written
  }
}

/** The place of the closing quote, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
  }
  return -1
}
