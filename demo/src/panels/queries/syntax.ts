/** Places and literals of the console's text. */

import type { javascriptLanguage } from '@codemirror/lang-javascript'

export type Node = ReturnType<typeof javascriptLanguage.parser.parse>['topNode']

/** What is wrong with the text, and where. */
export class TextError extends Error {
  override readonly name = 'TextError'
  /** Characters from the start. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export const refused = (what: string, node: Node): TextError =>
  new TextError(
    `${what} is not part of a query here: calls, literals, arrow functions and constants are`,
    node.from,
  )

/** What a node is made of; comments and semicolons say nothing. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== ';' && !child.name.endsWith('Comment')) children.push(child)
  }
  return children
}

/** `1_000`, `0x10`, `1e3`, `12n` */
export function numberOf(text: string): number | bigint {
  const plain = text.replaceAll('_', '')
  return plain.endsWith('n') ? BigInt(plain.slice(0, -1)) : Number(plain)
}

const plainEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

/** What stands between quotes, its escapes read. */
export function stringOf(text: string): string {
  return text.replace(
    /\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|\r?\n|(.))/gi,
    (_, braced?: string, four?: string, two?: string, plain?: string) => {
      const code = braced ?? four ?? two
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      return plain === undefined ? '' : (plainEscapes[plain] ?? plain)
    },
  )
}
