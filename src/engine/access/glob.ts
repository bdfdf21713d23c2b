/** SQLite's GLOB, which regards case, in place of its LIKE, which does not. */

import type { OperationNode } from 'kysely'
import { call, literal } from '../query/nodes.ts'

/** The GLOB pattern that matches what the LIKE pattern matches when case counts. */
export function globPattern(pattern: string): string {
  return pattern.replace(/[[*?%_]/g, (found) => (found === '%' ? '*' : found === '_' ? '?' : `[${found}]`))
}

/** The translation of `globPattern` in SQL. The bracket comes first: the later steps make brackets of their own. */
export function globOf(pattern: OperationNode): OperationNode {
  const steps = [
    ['[', '[[]'],
    ['*', '[*]'],
    ['?', '[?]'],
    ['%', '*'],
    ['_', '?'],
  ] as const
  return steps.reduce<OperationNode>(
    (inner, [from, to]) => call('replace', inner, literal(from), literal(to)),
    pattern,
  )
}
