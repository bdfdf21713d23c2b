/**
 * The ```ts blocks of the documentation as modules. A page is one module, and a block sees what the blocks above it have
 * declared: each stands in a function inside of the one before, so that a name can be declared again. Lines keep their
 * numbers, so an error of the compiler names the line of the page.
 *
 * - ```ts is type-checked, ```ts run is also run, ```ts fragment is neither.
 * - `<!-- ts: file: File -->` on a line of its own declares what a block takes for granted; nobody sees it on the page.
 */

export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly runs: boolean
  readonly text: string
}

export interface Snippets {
  readonly blocks: readonly Block[]
  /** The page as a module. @param only the blocks that it is to hold */
  module(only?: (block: Block) => boolean): string
}

export function snippetsOf(page: string): Snippets {
  const lines = page.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```ts( run)?$/.exec(lines[at] as string)
    if (!fence) continue
    const end = lines.indexOf('```', at)
    if (end < 0) throw new Error(`the block of line ${at + 1} has no end`)
    blocks.push({ line: at + 1, runs: fence[1] !== undefined, text: lines.slice(at + 1, end).join('\n') })
    at = end
  }
  return { blocks, module: (only = () => true) => moduleOf(lines, blocks.filter(only)) }
}

const importPattern = /^import\s(type\s)?(?:\{([^}]*)\}|(\w+))\s*from\s+'([^']+)';?[ \t]*$/gm

function moduleOf(lines: readonly string[], blocks: readonly Block[]): string {
  const imports = new Map<string, string>()
  const out: string[] = lines.map((line) => {
    const [, name, type] = /^<!-- ts: (\w+): (.+) -->$/.exec(line) ?? []
    return name ? `const ${name} = undefined as unknown as ${type}; void ${name}` : ''
  })
  for (const { line, text } of blocks) {
    out[line - 1] = ';await (async () => {'
    for (const [index, code] of withoutImports(text, imports).split('\n').entries()) out[line + index] = code
  }
  const head = [...imports.values()].join('; ')
  return [`${head}; export {}`, ...out.slice(1), `${'})()'.repeat(blocks.length)}`].join('\n')
}

/** Takes the imports out, notes each name once, and makes of exported things plain ones. */
function withoutImports(text: string, imports: Map<string, string>): string {
  const note = (name: string, line: string) => {
    if (!imports.has(name)) imports.set(name, line)
  }
  for (const [, type = '', names = '', single, from = ''] of text.matchAll(importPattern)) {
    for (const name of names.split(',').map((each) => each.trim())) {
      if (name) note(name.replace(/^type /, ''), importLine(`{ ${type}${name} }`, from))
    }
    if (single) note(single, importLine(single, from))
  }
  return text
    .replace(importPattern, (whole) => whole.replace(/[^\n]/g, ''))
    .replace(/^export (default )?/gm, (_, isDefault?: string) => (isDefault ? 'void ' : ''))
}

/** A file of the reader's own stands for whatever it is said to hold. */
function importLine(names: string, from: string): string {
  if (!from.startsWith('.')) return `import ${names} from '${from}'`
  return `const ${names.replace(/[{}\s]/g, '')} = undefined as unknown as never`
}
