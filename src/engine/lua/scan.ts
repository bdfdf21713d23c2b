/**
 * Looks through a Lua script before it is stored. The text is parsed, not searched: names count where they are names, and
 * constant strings are put together, so `_G["o" .. "s"]` is seen for what it is. This refuses what has no business in a
 * sandboxed script; it does not replace the sandbox in which a script runs.
 */

import { type Node, parse } from 'luaparse'
import { DBALError, invalid } from '../../protocol/error.ts'
import { luaGlobals } from '../../schema/metabuilder/automation.ts'

/** Globals that a script may use and define over. */
const allowedGlobals: ReadonlySet<string> = new Set(luaGlobals)

/** Ways out of the sandbox, by the name of the global that opens them. */
const forbiddenGlobals = new Set([
  'os',
  'io',
  'debug',
  'package',
  'require',
  'module',
  'load',
  'loadstring',
  'dofile',
  'loadfile',
  'getfenv',
  'setfenv',
  'coroutine',
  '_G',
  '_ENV',
  'getmetatable',
  'setmetatable',
  'rawget',
  'rawset',
  'rawequal',
  'rawlen',
  'newproxy',
  'collectgarbage',
  'jit',
  'ffi',
])

/** Members that are ways out on whatever they stand: `string.dump` under any alias. */
const forbiddenMembers = new Set(['dump', '__index', '__newindex', '__gc', '__metatable', '__mode', '__call'])

export interface Finding {
  readonly line: number
  readonly column: number
  readonly finding: string
}

/**
 * @param path the field, for the error
 * @throws DBALError VALIDATION_ERROR for text that is no Lua; MALICIOUS_CODE_DETECTED with every finding
 */
export function scanLua(code: string, path: string): void {
  const findings = findingsOf(code, path)
  if (findings.length === 0) return
  const [first] = findings
  throw new DBALError('MALICIOUS_CODE_DETECTED', `${path}: line ${first?.line}: ${first?.finding}`, {
    findings,
  })
}

function findingsOf(code: string, path: string): Finding[] {
  const root = parseLua(code, path)
  try {
    return findingsIn(root)
  } catch (error) {
    if (error instanceof RangeError) throw invalid(path, 'nests too deeply')
    throw error
  }
}

function parseLua(code: string, path: string): Node {
  try {
    return parse(code, { luaVersion: '5.3', scope: true, locations: true, comments: false })
  } catch (error) {
    const { line, message } = error as { line?: number; message: string }
    // The parser's own words, with its position in front: they quote a token of the script and nothing else.
    throw invalid(
      path,
      `is no Lua${line === undefined ? '' : ` (line ${line})`}: ${message.replace(/^\[\d+:\d+\] /, '')}`,
    )
  }
}

type Shape = Node & Record<string, unknown> & { loc?: { start: { line: number; column: number } } }

function findingsIn(root: Node): Finding[] {
  const findings: Finding[] = []
  const refuse = (node: Shape, finding: string) =>
    findings.push({ line: node.loc?.start.line ?? 1, column: (node.loc?.start.column ?? 0) + 1, finding })
  // A stack of its own: a script may nest deeper than the engine's.
  const open: { node: Shape; parent: Shape | null; key: string }[] = [
    { node: root as Shape, parent: null, key: '' },
  ]
  for (let at = open.pop(); at; at = open.pop()) {
    const { node, parent, key } = at
    checkNode(node, parent, key, refuse)
    for (const [name, value] of Object.entries(node).reverse()) {
      if (name === 'loc' || name === 'globals') continue
      for (const child of (Array.isArray(value) ? value.toReversed() : [value]) as unknown[]) {
        if (isNode(child)) open.push({ node: child, parent: node, key: name })
      }
    }
  }
  return findings.sort((left, right) => left.line - right.line || left.column - right.column)
}

function checkNode(
  node: Shape,
  parent: Shape | null,
  key: string,
  refuse: (node: Shape, finding: string) => void,
): void {
  if (node.type === 'Identifier') {
    const problem = identifierProblem(node, parent, key)
    if (problem) refuse(node, problem)
  }
  if (node.type === 'IndexExpression') {
    const index = constantText(node['index'] as Shape)
    if (index !== undefined && forbiddenMembers.has(index))
      refuse(node, `the member "${index}" may not be used`)
    else if (index === undefined && isGlobal(node['base'] as Shape, 'string')) {
      refuse(node, 'members of "string" must be named, not computed')
    }
  }
  if (node.type === 'MemberExpression') {
    const { name } = node['identifier'] as { name: string }
    if (forbiddenMembers.has(name)) refuse(node, `the member "${name}" may not be used`)
  }
}

/** What is wrong with a name where it stands; undefined when nothing is. */
function identifierProblem(node: Shape, parent: Shape | null, key: string): string | undefined {
  const name = node['name'] as string
  const isMemberName = parent?.type === 'MemberExpression' && key === 'identifier'
  const isTableKey = parent?.type === 'TableKeyString' && key === 'key'
  const isLabel = parent?.type === 'LabelStatement' || parent?.type === 'GotoStatement'
  if (isMemberName || isTableKey || isLabel) return undefined
  // `local _ENV = …` would give the rest of the script other globals.
  if (name === '_ENV') return '"_ENV" may not be used'
  if (node['isLocal'] === true) return undefined
  if (forbiddenGlobals.has(name)) return `the global "${name}" may not be used`
  const writes =
    (parent?.type === 'AssignmentStatement' && key === 'variables') ||
    (parent?.type === 'FunctionDeclaration' && key === 'identifier')
  if (writes)
    return allowedGlobals.has(name) ? undefined : `the global "${name}" may not be written; make it local`
  const asBase = (parent?.type === 'MemberExpression' || parent?.type === 'IndexExpression') && key === 'base'
  return name === 'string' && !asBase ? '"string" may only be used to name one of its members' : undefined
}

const isGlobal = (node: Shape | undefined, name: string) =>
  node?.type === 'Identifier' && node['name'] === name && node['isLocal'] !== true

/** The text of a constant string expression, put together from its parts; undefined for anything computed. */
function constantText(node: Shape | undefined): string | undefined {
  if (node?.type === 'StringLiteral')
    return (node['value'] as string | null) ?? unquote(node['raw'] as string)
  if (node?.type === 'NumericLiteral') return String(node['value'])
  if (node?.type !== 'BinaryExpression' || node['operator'] !== '..') return undefined
  const left = constantText(node['left'] as Shape)
  const right = constantText(node['right'] as Shape)
  return left === undefined || right === undefined ? undefined : left + right
}

/** A string literal without its quotes or long brackets, escapes of letters by number read. */
function unquote(raw: string): string {
  const long = /^\[(=*)\[\n?([\s\S]*)\]\1\]$/.exec(raw)
  if (long) return long[2] as string
  return raw
    .slice(1, -1)
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\u\{([0-9a-fA-F]+)\}/g, (_, digits: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(digits, 16), 0x10ffff)),
    )
    .replace(/\\(\d{1,3})/g, (_, digits: string) => String.fromCharCode(Number(digits)))
    .replace(/\\z\s*/g, '')
    .replace(/\\([\s\S])/g, '$1')
}

function isNode(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && 'type' in value
}
