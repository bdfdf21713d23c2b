import { describe, expect, test } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { type AuditSetup, change, draft, readerAccess, rowOf, setupAudit } from './audit-setup.cases.ts'
import { canonicalJson } from './canonical-json.ts'
import { verifyLines } from './export.ts'

function setupLog(count: number): AuditSetup {
  const setup = setupAudit()
  setup.run(
    setup.log.append(
      Array.from({ length: count }, (_, index) =>
        draft({
          operation: index % 2 === 0 ? 'update' : 'read',
          changes:
            index % 2 === 0 ? [change(rowOf({ salary: 1 }), rowOf({ salary: index + 2, secret: 's' }))] : [],
        }),
      ),
    ),
  )
  return setup
}

const exported = (
  { log, run }: AuditSetup,
  options?: unknown,
  role: Parameters<typeof readerAccess>[0] = 'god',
) => run(log.exportLines(options, readerAccess(role)))

describe('an export', () => {
  test('goes page by page over the whole log, and its lines hold by themselves', () => {
    const setup = setupLog(7)
    const lines: string[] = []
    let next: number | undefined
    do {
      const page = exported(setup, { limit: 3, ...(next !== undefined && { after: next }) })
      lines.push(...page.lines)
      next = page.next
    } while (next !== undefined)
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(lines.every((line) => line === canonicalJson(JSON.parse(line)))).toBe(true)
    expect(verifyLines(lines)).toEqual({ ok: true, entries: 7 })
  })

  test('of an empty log has no lines', () => {
    expect(exported(setupAudit())).toEqual({ lines: [] })
    expect(verifyLines([])).toEqual({ ok: true, entries: 0 })
  })

  test('can be filtered as a list can', () => {
    expect(
      exported(setupLog(4), { filter: { operation: 'read' } }).lines.map((line) => JSON.parse(line).seq),
    ).toEqual([2, 4])
  })

  test('shows no value, and no salt to find it by, to a reader who may not read it', () => {
    const setup = setupLog(2)
    const { lines } = exported(setup, undefined, 'admin')
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(first).toMatchObject({
      redacted: true,
      changes: { salary: ['[redacted]', '[redacted]'], secret: ['[redacted]', '[redacted]'] },
    })
    expect(first).not.toHaveProperty('salt')
    expect(second).toHaveProperty('salt')
    expect(verifyLines(lines)).toEqual({ ok: true, entries: 2 })
  })

  test.each([
    [7, ''],
    [{ from: 1 }, 'from'],
    [{ after: -1 }, 'after'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 5_001 }, 'limit'],
    [{ filter: { x: 1 } }, 'filter.x'],
  ])('with the options %j is refused', (options, path) => {
    const setup = setupAudit()
    expect(() => exported(setup, options)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: { issues: [expect.objectContaining({ path })] },
      } satisfies Partial<DBALError>),
    )
  })
})

describe('exported lines', () => {
  const lines = () => [...exported(setupLog(4)).lines]
  test.each<[string, (all: string[]) => string[], number, string]>([
    ['cut', ([first = '']) => [first.slice(0, -1)], 1, 'is not JSON'],
    ['removed', ([first = '', , ...rest]) => [first, ...rest], 2, 'is not entry 2'],
    [
      'changed',
      ([first = '', ...rest]) => [first.replace('"salary":[1,2]', '"salary":[1,3]'), ...rest],
      1,
      'does not have the hash of its content',
    ],
    [
      'linked to another',
      ([first = '', second = '']) => [first, second.replace(/"prevHash":"./, '"prevHash":"z')],
      2,
      'does not continue the line before it',
    ],
  ])('one of which was %s do not hold', (_, tamper, line, reason) => {
    expect(verifyLines(tamper(lines()))).toEqual({ ok: false, entries: line - 1, firstBad: { line, reason } })
  })
})
