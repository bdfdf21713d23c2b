/**
 * What SQLite's GLOB can say of a regular expression. SQLite has no regular expressions of its own, and a CHECK must not
 * need a function that the `sqlite3` shell lacks.
 */

/** GLOB patterns: a value that the regular expression takes is like none of `never` and like all of `always`. */
export interface PatternChecks {
  readonly never: readonly string[]
  readonly always: readonly string[]
}

interface Atom {
  /** Inclusive ranges of ASCII codes. */
  readonly ranges: readonly (readonly [number, number])[]
  readonly least: number
  /** Null is without end. */
  readonly most: number | null
}

/**
 * For anchored sequences of characters and classes: `^[a-z0-9-/]+$`, `^\d+\.\d+\.\d+$`. Undefined for all else (groups,
 * alternatives, dots, characters beyond ASCII): the validator alone then guards the field.
 *
 * A single repeated class is checked exactly; of a longer sequence its characters and its rough shape. No value that the
 * expression takes is ever refused.
 */
export function patternChecks(source: string): PatternChecks | undefined {
  if (!source.startsWith('^') || !source.endsWith('$') || source.endsWith('\\$')) return undefined
  const atoms = parseAtoms(source.slice(1, -1))
  if (!atoms?.length) return undefined
  const never = [`*[^${printRanges(atoms.flatMap(({ ranges }) => ranges))}]*`]
  const [only, ...more] = atoms
  if (only && more.length === 0 && only.most === null && only.least === 0) return { never, always: [] }
  return { never, always: [atoms.map(printAtom).join('')] }
}

function parseAtoms(body: string): Atom[] | undefined {
  const atoms: Atom[] = []
  let at = 0
  while (at < body.length) {
    const parsed = body[at] === '[' ? parseClass(body, at + 1) : parseCharacter(body, at)
    if (!parsed) return undefined
    const quantifier = /^(?:[+*?]|\{(\d+)(,(\d*))?\})/.exec(body.slice(parsed.end))
    at = parsed.end + (quantifier?.[0].length ?? 0)
    // A lazy or doubled quantifier, or one that GLOB would have to spell out too long.
    if (quantifier && /[?+*{]/.test(body[at] ?? '')) return undefined
    const [least, most] = bounds(quantifier)
    if (least > 64) return undefined
    atoms.push({ ranges: parsed.ranges, least, most })
  }
  return atoms
}

function bounds(quantifier: RegExpExecArray | null): readonly [number, number | null] {
  if (!quantifier) return [1, 1]
  const [sign, least, comma, most] = quantifier
  if (sign === '+') return [1, null]
  if (sign === '*') return [0, null]
  if (sign === '?') return [0, 1]
  return [Number(least), comma === undefined ? Number(least) : most ? Number(most) : null]
}

type Parsed = { readonly ranges: readonly (readonly [number, number])[]; readonly end: number } | undefined

function parseCharacter(body: string, at: number): Parsed {
  const char = body[at] as string
  if (char === '\\') return parseEscape(body, at)
  if ('.*+?()|{}^$]'.includes(char) || char > '\x7f' || char < ' ') return undefined
  const code = char.charCodeAt(0)
  return { ranges: [[code, code]], end: at + 1 }
}

const digits = [[48, 57]] as const
const word = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
] as const

function parseEscape(body: string, at: number): Parsed {
  const char = body[at + 1]
  if (char === 'd') return { ranges: digits, end: at + 2 }
  if (char === 'w') return { ranges: word, end: at + 2 }
  if (char === undefined || !'^$\\.*+?()[]{}|/-'.includes(char)) return undefined
  return { ranges: [[char.charCodeAt(0), char.charCodeAt(0)]], end: at + 2 }
}

function parseClass(body: string, start: number): Parsed {
  if (body[start] === '^') return undefined
  const ranges: (readonly [number, number])[] = []
  let at = start
  while (body[at] !== ']') {
    const low = classCharacter(body, at)
    if (!low) return undefined
    if (body[low.end] === '-' && body[low.end + 1] !== ']' && body[low.end + 1] !== undefined) {
      const high = classCharacter(body, low.end + 1)
      const [from] = low.ranges
      const [to] = high?.ranges ?? []
      if (
        !high ||
        !from ||
        !to ||
        low.ranges.length > 1 ||
        high.ranges.length > 1 ||
        from[0] !== from[1] ||
        to[0] !== to[1]
      ) {
        return undefined
      }
      ranges.push([from[0], to[0]])
      at = high.end
    } else {
      ranges.push(...low.ranges)
      at = low.end
    }
  }
  return ranges.length > 0 ? { ranges, end: at + 1 } : undefined
}

function classCharacter(body: string, at: number): Parsed {
  const char = body[at]
  if (char === undefined || char > '\x7f' || char < ' ') return undefined
  if (char === '\\') return parseEscape(body, at)
  return { ranges: [[char.charCodeAt(0), char.charCodeAt(0)]], end: at + 1 }
}

/** As many times the class as must stand, then anything where more may. */
function printAtom({ ranges, least, most }: Atom): string {
  const inside = printRanges(ranges)
  const one = inside === '^' ? '^' : `[${inside}]`
  return one.repeat(least) + (most === null || most > least ? '*' : '')
}

/** The inside of a GLOB class: `]` may only stand first, `-` last, `^` not first. */
function printRanges(ranges: readonly (readonly [number, number])[]): string {
  const codes = new Set<number>()
  for (const [low, high] of ranges) for (let code = low; code <= high; code++) codes.add(code)
  const special = (char: string) => codes.delete(char.charCodeAt(0))
  const closing = special(']') ? ']' : ''
  const dash = special('-') ? '-' : ''
  const caret = special('^') ? '^' : ''
  let text = closing
  const sorted = [...codes].sort((left, right) => left - right)
  for (let index = 0; index < sorted.length; ) {
    let last = index
    while (sorted[last + 1] === (sorted[last] as number) + 1) last++
    const [low, high] = [sorted[index] as number, sorted[last] as number]
    text +=
      high - low < 2
        ? String.fromCharCode(...sorted.slice(index, last + 1))
        : `${String.fromCharCode(low)}-${String.fromCharCode(high)}`
    index = last + 1
  }
  return text === '' ? dash + caret : text + caret + dash
}
