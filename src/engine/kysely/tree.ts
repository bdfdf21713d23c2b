/**
 * A query's tree as it came: JSON text of any content. It is read node by node and never handed on; whatever a node holds
 * beside the properties that its reader asks for is an error.
 */

import { DBALError, invalid } from '../../protocol/error.ts'

export type Node = Readonly<Record<string, unknown>>

/** Longer than any query that a person writes; the text of a tree, in UTF-16 units. */
const longestText = 1_000_000
/** Of braces and brackets: two for each level of an expression. */
const deepestText = 900
const mostNodes = 5_000

/** @throws DBALError VALIDATION_ERROR */
export function parseTree(text: unknown): Node {
  if (typeof text !== 'string') throw invalid('query.tree', 'must be text')
  if (text.length > longestText) throw invalid('query.tree', `is longer than ${longestText} characters`)
  checkText(text)
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    throw invalid('query.tree', 'is not JSON')
  }
  return nodeOf(tree)
}

/** Before anything recurses over it: how deep the text nests, and how many objects it holds. */
function checkText(text: string): void {
  let depth = 0
  let objects = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at++
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > deepestText) throw invalid('query.tree', 'is nested too deep')
      if (unit === 0x7b && ++objects > mostNodes)
        throw invalid('query.tree', `has more than ${mostNodes} nodes`)
    } else if (unit === 0x7d || unit === 0x5d) depth--
  }
}

/** @throws DBALError VALIDATION_ERROR for what is no node */
export function nodeOf(value: unknown): Node {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    typeof kindOf(value) !== 'string'
  )
    throw invalid('query.tree', 'holds something that is no node')
  return value as Node
}

export function kindOf(node: object): string {
  return Object.hasOwn(node, 'kind') ? (node as { kind: string }).kind : ''
}

export function isKind(value: unknown, kind: string): value is Node {
  return typeof value === 'object' && value !== null && kindOf(value) === kind
}

/** `false` and null say as much as absence: Kysely writes `isStatement: false`. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === false

/**
 * The node, once it is certain that it is of the kind and holds nothing but the known properties.
 * @param refused properties that Kysely has and this engine does not take: CAPABILITY_NOT_SUPPORTED
 */
export function read(
  value: unknown,
  kind: string,
  known: readonly string[],
  refused: readonly string[] = [],
): Node {
  const node = nodeOf(value)
  if (kindOf(node) !== kind) throw misplaced(node)
  for (const name of Object.keys(node)) {
    if (name === 'kind' || known.includes(name) || isAbsent(node[name])) continue
    if (refused.includes(name)) {
      if (Array.isArray(node[name]) && (node[name] as unknown[]).length === 0) continue
      throw unsupported(`${kind}.${name}`)
    }
    throw invalid('query.tree', `${kind} has no property ${shown(name)}`)
  }
  return node
}

/** A property, or undefined where it is absent in any way. */
export function get(node: Node, name: string): unknown {
  const value = Object.hasOwn(node, name) ? node[name] : undefined
  return isAbsent(value) ? undefined : value
}

export function list(node: Node, name: string): readonly unknown[] {
  const value = get(node, name)
  if (value === undefined) return []
  if (!Array.isArray(value)) throw invalid('query.tree', `${kindOf(node)}.${name} must be a list`)
  return value
}

/** The name that an IdentifierNode holds: 1 to 63 bytes of UTF-8, because longer ones are cut by some databases. */
export function identifier(value: unknown): string {
  const name = get(read(value, 'IdentifierNode', ['name']), 'name')
  if (typeof name !== 'string' || name === '') throw invalid('query.tree', 'has a name that is no text')
  if (name.includes('\0') || /[\ud800-\udfff]/u.test(name))
    throw invalid('query.tree', 'has a name with characters that no name has')
  if (bytesOf(name) > 63) throw invalid('query.tree', `the name ${shown(name)} has more than 63 bytes`)
  if (name === '__proto__') throw invalid('query.tree', '__proto__ is not a name')
  return name
}

function bytesOf(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) as number
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

/** The table that a TableNode names; a schema in front of it is refused. */
export function tableName(value: unknown): string {
  const table = read(value, 'TableNode', ['table'])
  const schemable = read(get(table, 'table'), 'SchemableIdentifierNode', ['identifier'], ['schema'])
  return identifier(get(schemable, 'identifier'))
}

export function columnName(value: unknown): string {
  return identifier(get(read(value, 'ColumnNode', ['column']), 'column'))
}

/** A caller's word in an error, where it is a plain one: an error must not read like a statement. */
export const shown = (name: string): string => (/^[\w$. -]{1,63}$/.test(name) ? `"${name}"` : 'a name')

/** Kinds that Kysely makes: these are told apart from what nobody makes. */
const ofKysely =
  /^((Add|Alter|Check|Create|Drop|Modify|Rename|Refresh)\w{1,40}|Merge\w*|Raw|Explain|Fetch|Top|Output|Matched|List|Identifier|SchemableIdentifier|Table|Column|Reference|SelectAll|Selection|Alias|Value|ValueList|PrimitiveValueList|Tuple|Parens|And|Or|Case|When|(Binary|Unary)Operation|Operator|(Aggregate)?Function|Over|PartitionBy(Item)?|Collate|Cast|DataType|JSON\w{1,20}|(Select|Insert|Update|Delete)Query|Values|DefaultInsertValue|OnConflict|OnDuplicateKey|ColumnUpdate|Using|Returning|OrAction|With|CommonTableExpression(Name)?|From|Join|On|Where|GroupBy(Item)?|Having|OrderBy(Item)?|Limit|Offset|SetOperation|SelectModifier|References|Generated|DefaultValue|(ForeignKey|PrimaryKey|Unique)Constraint)Node$/

export function misplaced(node: Node): DBALError {
  const kind = kindOf(node)
  return ofKysely.test(kind)
    ? new DBALError('CAPABILITY_NOT_SUPPORTED', `${kind} cannot stand here in a query`, { capability: kind })
    : invalid('query.tree', 'holds a node of no known kind')
}

export function unsupported(what: string): DBALError<'CAPABILITY_NOT_SUPPORTED'> {
  return new DBALError('CAPABILITY_NOT_SUPPORTED', `${what} is not supported in a query`, {
    capability: what.slice(0, 120),
  })
}
