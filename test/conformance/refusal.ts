/**
 * What holds of every refusal, so that no case need say it: one class, a known code with its own status, details of the
 * code's shape, and nothing of the inside.
 */

import type { Json, Refusal } from './case.ts'
import { expectMatch } from './match.ts'
import { show, showWhole } from './show.ts'
import type { Saved } from './values.ts'

/** Status and retryable of every code, as the reference has them. */
const codes: { readonly [code: string]: readonly [status: number, retryable: boolean] } = {
  NOT_FOUND: [404, false],
  CONFLICT: [409, false],
  UNAUTHORIZED: [401, false],
  FORBIDDEN: [403, false],
  VALIDATION_ERROR: [422, false],
  RATE_LIMIT_EXCEEDED: [429, false],
  INTERNAL_ERROR: [500, false],
  CAPABILITY_NOT_SUPPORTED: [501, false],
  DATABASE_ERROR: [503, true],
  TIMEOUT: [504, true],
  SANDBOX_VIOLATION: [403, false],
  MALICIOUS_CODE_DETECTED: [403, false],
  QUOTA_EXCEEDED: [507, false],
}

/** What the details of a code always hold. */
const details: { readonly [code: string]: Json } = {
  NOT_FOUND: { entity: { $kind: 'text' } },
  CONFLICT: { entity: { $kind: 'text' }, constraint: { $kind: 'text' } },
  FORBIDDEN: { operation: { $kind: 'text' } },
  VALIDATION_ERROR: { issues: { $each: { path: { $pattern: '' }, message: { $kind: 'text' } } } },
  RATE_LIMIT_EXCEEDED: { retryAfter: { $least: 1 } },
  INTERNAL_ERROR: { incident: { $kind: 'text' } },
  CAPABILITY_NOT_SUPPORTED: { capability: { $kind: 'text' } },
  MALICIOUS_CODE_DETECTED: { findings: { $each: { line: { $least: 1 }, finding: { $kind: 'text' } } } },
}

/** SQL, files and stacks: what no caller is told. */
const inside =
  /SQLITE|sqlite_|\binsert into\b|\bdelete from\b|\bselect\b.+?\bfrom\b|"main"\.|main\."|_dbal_|node_modules|\.ts:\d|\.js:\d/i

export interface WireError {
  readonly name?: string
  readonly code?: string
  readonly status?: number
  readonly message?: string
  readonly details?: unknown
  readonly retryable?: boolean
}

/** What a caller can read of an error. */
export const wireOf = ({ name, code, status, message, details, retryable }: WireError) => ({
  name,
  code,
  status,
  message,
  details,
  retryable,
})

/**
 * @param sent what the caller said, which may be said back
 * @throws Error when the refusal is not the one expected
 */
export function judgeRefusal(
  expected: string | Refusal | undefined,
  error: WireError,
  { place, sent, saved }: { readonly place: string; readonly sent: unknown; readonly saved: Saved },
): void {
  const wire = wireOf(error)
  const got = `${place}: it was refused with ${show(wire)}`
  if (expected === undefined) throw new Error(got)
  const { code, message, details: more } = typeof expected === 'string' ? { code: expected } : expected
  if (wire.code !== code) throw new Error(`${got}, expected ${code}`)
  const [status, retryable] = codes[code] ?? []
  const common: Json = {
    name: 'DBALError',
    status: status ?? null,
    retryable: retryable ?? null,
    message: { $kind: 'text' },
  }
  expectMatch(common, wire, place, saved)
  for (const one of [details[code], more])
    if (one !== undefined) expectMatch(one, wire.details, `${place} details`, saved)
  if (message !== undefined) expectMatch(message, wire.message, `${place} message`, saved)
  let text = `${wire.message} ${showWhole(wire.details)}`
  for (const own of textsOf(sent))
    text = text.replaceAll(JSON.stringify(own).slice(1, -1), '').replaceAll(own, '')
  if (inside.test(text)) throw new Error(`${got}, which tells of the inside`)
}

/** Every text in a value, longest first; short ones could be anybody's words. No recursion: cases nest without end. */
function textsOf(value: unknown): string[] {
  const texts: string[] = []
  const waiting = [value]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one === 'string' && one.length > 3 && one.length < 1_000) {
      texts.push(one)
      // `sum.price` is an operator and a name: the name alone may be said back.
      if (one.includes('.')) waiting.push(one.slice(one.indexOf('.') + 1))
    } else if (typeof one === 'object' && one !== null)
      waiting.push(...Object.keys(one).slice(0, 100), ...Object.values(one).slice(0, 100))
  }
  return texts.sort((left, right) => right.length - left.length)
}
