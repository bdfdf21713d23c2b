/** Schemas written as YAML: the same definitions, each error with its line. */

import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import { DBALError, type Issue, invalidAll } from '../protocol/error.ts'
import { type Definitions, defineSchema, type Schema } from './define.ts'
import { isObject } from './read.ts'

/** Longest text that is read, in UTF-16 units. */
const longest = 4_000_000

/**
 * Reads a schema: `name` (default `app`) and `entities`, which are what `defineSchema` takes.
 *
 * ```yaml
 * name: blog
 * entities:
 *   Post:
 *     fields:
 *       id: { type: uuid, primary: true }
 *       title: { type: string, required: true, max: 200 }
 *       body: text
 *     rules:
 *       - { roles: [user], operations: [read] }
 * ```
 * @throws DBALError VALIDATION_ERROR with the place and the line of everything that is wrong
 */
export function fromYaml(text: string): Schema {
  if (typeof text !== 'string' || text.length > longest) {
    throw invalidAll([{ path: '', message: `must be YAML text of at most ${longest} characters` }])
  }
  const lines = new LineCounter()
  const lineOf = (at: number) => `line ${lines.linePos(at).line}`
  const { contents, data } = parse(text, lines, lineOf)
  const keys = isObject(data) ? Object.keys(data) : []
  const unknown = keys.find((key) => key !== 'name' && key !== 'entities')
  if (!isObject(data) || !isObject(data.entities) || unknown !== undefined) {
    const message =
      unknown === undefined ? 'must hold "entities"' : `"${unknown}" is unknown; there are name, entities`
    throw invalidAll([
      {
        path: unknown ?? 'entities',
        message: `${lineOf(positionOf(contents, [unknown ?? '']))}: ${message}`,
      },
    ])
  }
  const { name = 'app' } = data
  if (typeof name !== 'string') {
    throw invalidAll([
      { path: 'name', message: `${lineOf(positionOf(contents, ['name']))}: must be a string` },
    ])
  }
  try {
    return defineSchema(data.entities as Definitions, { name })
  } catch (error) {
    if (!(error instanceof DBALError) || !error.is('VALIDATION_ERROR')) throw error
    const issues = (error.details?.issues ?? []).map(({ path, message }): Issue => {
      const steps = ['entities', ...(path.match(/[^.[\]]+/g) ?? [])]
      return { path, message: `${lineOf(positionOf(contents, steps))}: ${message}` }
    })
    throw invalidAll(issues)
  }
}

function parse(text: string, lines: LineCounter, lineOf: (at: number) => string) {
  let document: ReturnType<typeof parseDocument>
  let data: unknown
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    // Limits how often an alias is followed, so that a short text cannot become a huge schema.
    data = document.errors.length > 0 ? null : document.toJS()
  } catch (error) {
    // Aliases that lead nowhere or multiply, and nesting beyond the stack.
    throw invalidAll([{ path: '', message: error instanceof Error ? error.message : 'is not YAML' }])
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    throw invalidAll(
      faults.map(({ pos, message }) => ({ path: '', message: `${lineOf(pos[0])}: ${message}` })),
    )
  }
  return { contents: document.contents as ParsedNode | null, data }
}

/** Where the deepest part of a path that there is stands in the text. */
function positionOf(root: ParsedNode | null, steps: readonly string[]): number {
  let node: Node | null = root
  let position = root?.range[0] ?? 0
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      if (!pair) break
      position = (pair.key as Node).range?.[0] ?? position
      node = pair.value as Node | null
    } else if (isSeq(node)) {
      node = (node.items[Number(step)] as Node | undefined) ?? null
      position = node?.range?.[0] ?? position
    } else break
  }
  return position
}
