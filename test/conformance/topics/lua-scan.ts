import type { Case, Topic } from '../case.ts'
import { script, user } from '../seeds.ts'

const refused: readonly (readonly [name: string, code: string])[] = [
  ['os', 'os.execute("ls")'],
  ['io', 'io.open("/etc/passwd")'],
  ['debug', 'debug.getinfo(1)'],
  ['package', 'return package.path'],
  ['require', 'local m = require("m")'],
  ['load', 'load("return 1")()'],
  ['loadstring', 'loadstring("return 1")()'],
  ['dofile', 'dofile("x.lua")'],
  ['loadfile', 'loadfile("x.lua")'],
  ['getfenv', 'getfenv(0)'],
  ['setfenv', 'setfenv(1, {})'],
  ['string.dump', 'string.dump(print)'],
  ['string.dump by an index', 'string["dump"](print)'],
  ['string.dump of a text', '("x").dump(print)'],
  ['coroutine', 'coroutine.wrap(print)()'],
  ['_G', 'return _G.os'],
  ['_G with a name put together', 'return _G["o".."s"]'],
  ['_ENV', 'return _ENV["io"]'],
  ['a forbidden name in a local variable', 'local x = os; x.exit()'],
  ['a forbidden name as an argument', 'print(os)'],
  ['a forbidden name inside a function', 'local function f() return function() return io end end'],
  ['a forbidden name in a table', 'return { a = { b = debug } }'],
  ['a write to a global', 'secret = 1'],
  ['a global function', 'function helper() end'],
  ['a comment between a name and its member', 'os--[[x]].--[[y]]exit()'],
]

const taken: readonly (readonly [name: string, code: string])[] = [
  ['a value', 'return 42'],
  [
    'the allowed globals',
    'assert(type(next) == "function"); for i, v in ipairs({1}) do print(tostring(v), tonumber("1")) end; return math.floor(1.5), table.concat({"a"}), string.upper("x")',
  ],
  ['local names that look forbidden', 'local os = {}; os.exit = 1; return os.exit'],
  ['a parameter that looks forbidden', 'local function f(io) return io end; return f(1)'],
  ['a field that looks forbidden', 'local t = { os = 1 }; return t.os'],
  ['forbidden names in texts and comments', '-- os.exit()\nreturn "io.open" .. [[debug]]'],
  [
    'local functions and loops',
    'local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\nlocal s = 0\nfor i = 1, 10 do s = s + fib(i) end\nreturn s',
  ],
  ['pcall and error', 'local ok, message = pcall(function() error("x") end)\nreturn ok, message'],
]

const malformed: readonly (readonly [name: string, code: string])[] = [
  ['no expression', 'local ='],
  ['no end', 'if true then'],
  ['an unfinished text', 'return "abc'],
  ['another language', 'const x = () => { return 1 }'],
]

export const luaScan: Topic = {
  topic: 'scan of Lua scripts',
  cases: [
    ...refused.map(
      ([name, code]): Case => ({
        name: `refuses ${name}, on create and on update`,
        given: [user('owner'), script('plain', 'owner')],
        steps: [
          {
            as: 'god',
            call: ['LuaScript.create', { name: 'bad', code, createdBy: '$owner.id' }],
            error: { code: 'MALICIOUS_CODE_DETECTED', details: { findings: { $each: { line: 1 } } } },
          },
          {
            as: 'god',
            call: ['LuaScript.update', '$plain.id', { code: `local x = 1\n${code}` }],
            error: { code: 'MALICIOUS_CODE_DETECTED', details: { findings: { $each: { line: 2 } } } },
          },
          { as: 'god', call: ['LuaScript.read', '$plain.id'], expect: { code: 'return 1' } },
        ],
      }),
    ),
    ...taken.map(
      ([name, code]): Case => ({
        name: `takes ${name}`,
        given: [user('owner')],
        steps: [
          {
            as: 'god',
            call: ['LuaScript.create', { name: 'good', code, createdBy: '$owner.id' }],
            expect: { code },
          },
        ],
      }),
    ),
    ...malformed.map(
      ([name, code]): Case => ({
        name: `a syntax error is a VALIDATION_ERROR: ${name}`,
        given: [user('owner')],
        steps: [
          {
            as: 'god',
            call: ['LuaScript.create', { name: 'bad', code, createdBy: '$owner.id' }],
            error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'code' }] } },
          },
        ],
      }),
    ),
    {
      name: 'the many-forms, upsert and batch are scanned, too',
      given: [user('owner'), script('plain', 'owner')],
      steps: [
        {
          as: 'god',
          call: [
            'LuaScript.createMany',
            [
              { name: 'a', code: 'return 1', createdBy: '$owner.id' },
              { name: 'b', code: 'os.exit()', createdBy: '$owner.id' },
            ],
          ],
          error: 'MALICIOUS_CODE_DETECTED',
        },
        {
          as: 'god',
          call: ['LuaScript.updateMany', { name: 'plain' }, { code: 'os.exit()' }],
          error: 'MALICIOUS_CODE_DETECTED',
        },
        {
          as: 'god',
          call: [
            'LuaScript.upsert',
            {
              where: { name: 'plain' },
              create: { code: 'return 1', createdBy: '$owner.id' },
              update: { code: 'os.exit()' },
            },
          ],
          error: 'MALICIOUS_CODE_DETECTED',
        },
        {
          as: 'god',
          call: [
            'LuaScript.upsert',
            { where: { name: 'new' }, create: { code: 'os.exit()', createdBy: '$owner.id' }, update: {} },
          ],
          error: 'MALICIOUS_CODE_DETECTED',
        },
        {
          as: 'god',
          call: ['batch', [{ method: 'update', params: ['LuaScript', '$plain.id', { code: 'os.exit()' }] }]],
          error: 'MALICIOUS_CODE_DETECTED',
        },
      ],
    },
    {
      name: 'every finding is told with its line',
      given: [user('owner')],
      steps: [
        {
          as: 'god',
          call: [
            'LuaScript.create',
            {
              name: 'bad',
              code: 'local a = 1\nos.exit()\nlocal b = 2\nio.open("x")',
              createdBy: '$owner.id',
            },
          ],
          error: {
            code: 'MALICIOUS_CODE_DETECTED',
            details: {
              findings: {
                $holds: [
                  { line: 2, finding: { $pattern: 'os' } },
                  { line: 4, finding: { $pattern: 'io' } },
                ],
              },
            },
          },
        },
      ],
    },
  ],
}
