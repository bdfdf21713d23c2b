import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DBALError } from '../../protocol/error.ts'
import { scanLua } from './scan.ts'

function codeOf(script: string): string {
  try {
    scanLua(script, 'code')
    return 'ok'
  } catch (error) {
    if (error instanceof DBALError) return error.code
    throw error
  }
}

describe('scanLua', () => {
  it.each([
    'return 1 + 1',
    'local function add(a, b) return a + b end return add(1, 2)',
    'local t = { os = 1, io = 2, load = 3 } return t.os + t["io"] + t.load',
    'local os = { time = 1 } return os.time',
    'for i, v in ipairs({ 1, 2 }) do print(i, v) end',
    'return string.upper("a") .. ("b"):rep(3)',
    'local s = "_G os io require" -- os.execute("x")\nreturn s',
    'local x = 1 goto done ::done:: return x',
    'print = log',
  ])('lets through %s', (script) => {
    expect(codeOf(script)).toBe('ok')
  })

  it.each([
    'os.execute("x")',
    'return io',
    'return debug.getinfo(1)',
    'package.path = ""',
    'require("x")',
    'load("x")()',
    'loadstring("x")',
    'dofile("x")',
    'loadfile("x")',
    'getfenv(0)',
    'setfenv(1, {})',
    'return string.dump(print)',
    'return string["dump"](print)',
    'return string["du" .. "mp"](print)',
    'return string["\\100ump"](print)',
    'return string["\\x64ump"](print)',
    'return string[ [[dump]] ](print)',
    'local s = string return s',
    'local k = "dump" return string[k]',
    'return ("").dump',
    'coroutine.wrap(print)',
    '_G["o" .. "s"].execute("x")',
    'local g = _G return g',
    'local _ENV = {}',
    'return _ENV.os',
    'x = 1',
    'function f() end',
    'local a = 1 a, b = 2, 3',
    'setmetatable({}, {})',
    'getmetatable("").__index.rep("x", 9)',
    'rawset(print, 1, 2)',
    'local t = { f = function() return os end } return t',
  ])('refuses %s', (script) => {
    expect(codeOf(script)).toBe('MALICIOUS_CODE_DETECTED')
  })

  it('names line, column and finding of each', () => {
    expect(() => scanLua('local a = 1\n  os.exit()\nx = io', 'code')).toThrow(
      expect.objectContaining({
        code: 'MALICIOUS_CODE_DETECTED',
        details: {
          findings: [
            { line: 2, column: 3, finding: 'the global "os" may not be used' },
            { line: 3, column: 1, finding: 'the global "x" may not be written; make it local' },
            { line: 3, column: 5, finding: 'the global "io" may not be used' },
          ],
        },
      }),
    )
  })

  it('calls text that is no Lua a VALIDATION_ERROR with its line', () => {
    expect(() => scanLua('local = 1', 'code')).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', message: expect.stringContaining('line 1') }),
    )
  })

  it('never fails in another way, whatever the text', () => {
    const words = [
      'os',
      'local',
      'x',
      '=',
      '"',
      '[[',
      ']]',
      '(',
      ')',
      'end',
      'function',
      '..',
      '\\',
      '_ENV',
      '\n',
      '--',
      '{',
      '}',
      '.',
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' ')),
        (script) => {
          expect(['ok', 'VALIDATION_ERROR', 'MALICIOUS_CODE_DETECTED']).toContain(codeOf(script))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('survives a script that nests deeper than the stack', () => {
    expect(['ok', 'VALIDATION_ERROR']).toContain(codeOf(`return ${'('.repeat(20_000)}1${')'.repeat(20_000)}`))
  })
})
