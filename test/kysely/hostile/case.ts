/** A hostile query as data, and what must become of it. */

import type { Node } from './nodes.ts'

export interface HostileCase {
  readonly name: string
  /** A tree with its values in it. */
  readonly tree?: Node
  /** In place of a tree: what is sent, whatever it is. */
  readonly sent?: unknown
  /** The rows it harmlessly gives; refused when absent. */
  readonly rows?: readonly object[]
  /** It is harmless in itself, whatever it gives: what counts is that it gives the same without the hidden rows. */
  readonly harmless?: true
  /** Codes it may be refused with, where that matters. */
  readonly code?: string | readonly string[]
  /** It tells by design whether a unique value is taken (docs/reference/access.md). */
  readonly reveals?: 'unique'
}

export const refused = (cases: Readonly<Record<string, Node>>, code?: HostileCase['code']): HostileCase[] =>
  Object.entries(cases).map(([name, tree]) => ({ name, tree, ...(code !== undefined && { code }) }))

export const harmless = (cases: Readonly<Record<string, Node>>): HostileCase[] =>
  Object.entries(cases).map(([name, tree]) => ({ name, tree, harmless: true }))

/** The same query with each of the texts in one place. */
export const each = (
  place: string,
  texts: readonly unknown[],
  make: (text: never) => Node,
  more: Partial<HostileCase> = {},
): HostileCase[] =>
  texts.map((text) => ({
    name: `${place}: ${JSON.stringify(text) ?? String(text)}`,
    tree: make(text as never),
    ...more,
  }))
