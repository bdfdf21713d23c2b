/** The configuration: a YAML file, the environment above it, defaults below. Everything wrong is told at once, by key and line. */

import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml'
import { type Environment, type Problem, readEnvironment } from './environment.ts'
import { configShape, type DaemonConfig, type DaemonConfigInput } from './shape.ts'

/** Its message names keys and lines, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

const longest = 1_000_000

/**
 * @param yaml text of a configuration file, or what stands in one
 * @param environment what counts above it; `${NAME}` in a text of the file stands for a variable too
 * @throws ConfigError
 */
export function readConfiguration(
  yaml: string | DaemonConfigInput,
  environment: Environment = {},
): DaemonConfig {
  const source: Source =
    typeof yaml === 'string'
      ? parse(yaml, environment)
      : { data: structuredClone(yaml), lineOf: () => undefined }
  const { values, problems } = readEnvironment(environment)
  const data = source.data ?? {}
  if (typeof data !== 'object' || Array.isArray(data))
    throw new ConfigError(['must hold sections, as "server:"'])
  for (const [path, value] of values) put(data as Section, path.split('.'), value)
  const parsed = configShape.safeParse(data)
  if (parsed.success && problems.length === 0) return parsed.data
  const all: Problem[] = [
    ...problems,
    ...(parsed.error?.issues ?? []).flatMap((issue) => {
      const path = issue.path.join('.')
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: 'is not known' }))
      return [{ path, message: wordsOf(issue.message) }]
    }),
  ]
  throw new ConfigError(
    all.map(({ path, message }) => {
      const line = source.lineOf(path)
      return `${path}: ${message}${line === undefined ? '' : ` (line ${line})`}`
    }),
  )
}

type Section = Record<string, unknown>

interface Source {
  readonly data: unknown
  readonly lineOf: (path: string) => number | undefined
}

function parse(text: string, environment: Environment): Source {
  if (text.length > longest) throw new ConfigError([`takes more than ${longest} characters`])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false })
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ code, linePos }) => `line ${linePos?.[0].line ?? 1}: is not YAML (${code})`),
    )
  }
  const missing: string[] = []
  visit(document, {
    Alias() {
      missing.push('an alias (*name) is not for configurations')
    },
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
        const value = environment[name]
        if (value === undefined) {
          const line = lines.linePos(node.range?.[0] ?? 0).line
          missing.push(`line ${line}: the environment has no ${name.slice(0, 80)}`)
        }
        return value ?? ''
      })
    },
  })
  if (missing.length > 0) throw new ConfigError(missing)
  return { data: document.toJS(), lineOf: (path) => lineOf(document.contents, path, lines) }
}

function lineOf(root: ParsedNode | null, path: string, lines: LineCounter): number | undefined {
  let node: unknown = root
  let line: number | undefined
  for (const name of path.split('.')) {
    if (!isMap(node)) break
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
    if (!pair) break
    const { range } = pair.key as { range?: readonly [number, number, number] }
    if (range) line = lines.linePos(range[0]).line
    node = pair.value
  }
  return line
}

function put(data: Section, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    data[name] = value
    return
  }
  const inner = data[name] ?? {}
  // What is no section is told by the check that follows.
  if (typeof inner !== 'object' || Array.isArray(inner)) return
  data[name] = inner
  put(inner as Section, rest, value)
}

/** zod says "Invalid input: expected number, received string"; what was received may be a secret's beginning, so never the value. */
const wordsOf = (message: string): string =>
  message
    .replace(/^Invalid input: expected .*, received undefined$/, 'must be given')
    .replace(/^Too big: expected number to be <=/, 'must be at most ')
    .replace(/^Too small: expected number to be >=/, 'must be at least ')
    .replace(/^Invalid (option|input): expected /, 'must be ')
