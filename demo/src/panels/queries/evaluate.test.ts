import { describe, expect, test, vi } from 'vitest'
import { evaluate, settle } from './evaluate.ts'
import { TextError } from './syntax.ts'

const value = async (text: string, roots: Record<string, unknown> = {}) => {
  const box = await evaluate(text, roots)
  return settle(box.value)
}
const errorOf = (text: string, roots: Record<string, unknown> = {}) =>
  value(text, roots).then(
    () => expect.unreachable(`${text} was taken`),
    (error: unknown) => error as TextError,
  )

describe('what is understood', () => {
  test.each<[text: string, expected: unknown]>([
    [
      `({ a: 1, 'b.c': -2.5, [\`d\${1}\`]: [true, null, undefined], })`,
      { a: 1, 'b.c': -2.5, d1: [true, null, undefined] },
    ],
    [`'it\\'s\\n\\u00e4\\u{1F600}\\x41'`, "it's\nä😀A"],
    ['1_000 + 0x10 * 2', 1032],
    ['12n', 12n],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text that is read
    ['`a${1 + 1}b\\`${"c"}`', 'a2b`c'],
    ['[1, ...[2, 3]]', [1, 2, 3]],
    ['({ ...{ a: 1, b: 2 }, b: 3 })', { a: 1, b: 3 }],
    ['const a = 2; const b = a * 3; b + 1', 7],
    ['const only = 3', 3],
    ['// said\n5 /* and done */', 5],
    ['true ? 1 : 2', 1],
    ['null ?? 4', 4],
    ['!(1 > 2) && "yes"', 'yes'],
    ['[1, 2, 3].map((n) => n * 2)', [2, 4, 6]],
    ['[{ a: 1 }].map(({ a: b }) => { const c = b + 1; return c })', [2]],
    ['undefined?.length', undefined],
    ['new Date("2026-01-02").toISOString()', '2026-01-02T00:00:00.000Z'],
  ])('%s', async (text, expected) => {
    expect(await value(text)).toEqual(expected)
  })

  test('a method is called on its object, and a promise is waited for', async () => {
    const list = vi.fn(async (options: object) => [options])
    const users = { list }
    expect(await value('await client.users.list({ limit: 3 })', { client: { users } })).toEqual([
      { limit: 3 },
    ])
    expect(list.mock.contexts).toEqual([users])
  })

  test('a query is executed once, in the middle as at the end', async () => {
    const execute = vi.fn(async () => [{ id: 7 }])
    const query = { toOperationNode: () => ({}), execute }
    expect(await value('const [] = 1', {}).catch(() => 'refused')).toBe('refused')
    expect(await value('const rows = await db.go()\nrows[0].id', { db: { go: () => query } })).toBe(7)
    expect(await value('db.go()', { db: { go: () => query } })).toEqual([{ id: 7 }])
    expect(execute).toHaveBeenCalledTimes(2)
  })
})

describe('what is refused', () => {
  test.each([
    ['', 'There is no query yet', 0],
    ['client.users.list({', 'ends too early', 19],
    ['db..x', 'not understood', 3],
    ['nobody.here', 'There is no nobody here', 0],
    ['globalThis', 'There is no globalThis', 0],
    ['toString', 'There is no toString', 0],
    ['a.b.c', 'a.b is undefined: it has no c', 4],
    ['a.b()', 'a.b is not a function', 2],
    ['a.constructor', '.constructor', 2],
    ['a["constructor"]', '.constructor', 2],
    ['a[`__proto__`]', '.__proto__', 2],
    ['(({ constructor: c }) => c)(a)', '.constructor', 4],
    ['a.close()', '.close', 2],
    ['a.list.constructor("return 1")()', '.constructor', 7],
    ['({ __proto__: a })', '__proto__', 3],
    ['({ ["__proto__"]: a })', '__proto__', 3],
    ['a = 3', 'This', 0],
    ['function f() {}', 'This statement', 0],
    ['while (true) {}', 'This statement', 0],
    ['async () => 1', 'An async function', 0],
    ['new Function("return 1")', 'new', 0],
    ['/x/.test("x")', 'This', 0],
    ['a`x`', 'This', 0],
    ['typeof a', 'This operator', 0],
    ['1 instanceof a', 'The operator instanceof', 2],
    ['[await a]', 'await stands at the start', 1],
    ['import("x")', 'This', 0],
  ])('%s', async (text, message, at) => {
    const error = await errorOf(text, { a: { list: () => 1 } })
    expect(error).toBeInstanceOf(TextError)
    expect(error.message).toContain(message)
    expect(error.at).toBe(at)
  })

  test('what a call throws is passed on', async () => {
    const broken = new RangeError('broken')
    const roots = { client: { go: () => Promise.reject(broken) } }
    expect(await errorOf('client.go()', roots)).toBe(broken)
  })
})
