/** The pages that have generated parts, and how a part is put into its page. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { entitiesPart, luaGlobalsPart, rulesPart } from './entities.ts'
import { detailsPart, errorsPart } from './errors.ts'
import { limitsPart } from './limits.ts'
import { builtinPart, databasePart, entityOperationsPart } from './operations.ts'

export const root = resolve(import.meta.dirname, '../..')

/** The text of a part; null leaves what is there. */
type Part = () => string | null

const parts: Readonly<Record<string, Part>> = {
  entities: entitiesPart,
  'entity rules': rulesPart,
  'lua globals': luaGlobalsPart,
  errors: errorsPart,
  'error details': detailsPart,
  'entity operations': entityOperationsPart,
  'built-in operations': builtinPart,
  'database operations': databasePart,
  limits: limitsPart,
  // Only measured on demand: a part that changed with every build would be stale all the time.
  sizes: () => null,
}

export interface PageWithParts {
  /** Relative to the repository. */
  readonly file: string
  readonly text: string
  /** The page as it should be. @param more parts in place of those that the code gives */
  render(more?: Readonly<Record<string, string>>): string
}

/** Every Markdown file of the documentation, relative to the repository. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  return [
    'README.md',
    'CHANGELOG.md',
    ...docs
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `docs/${name}`),
  ]
}

export function pagesWithParts(): PageWithParts[] {
  return pages().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return text.includes('<!-- generated: ')
      ? [{ file, text, render: (more = {}) => fill(file, text, more) }]
      : []
  })
}

function fill(file: string, text: string, more: Readonly<Record<string, string>>): string {
  return text.replace(/<!-- generated: (.+?) -->\n[\s\S]*?<!-- \/generated -->/g, (whole, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (!part) throw new Error(`${file}: there is no generated part "${name}"`)
    const fresh = more[name] ?? part()
    return fresh === null ? whole : `<!-- generated: ${name} -->\n\n${fresh.trim()}\n\n<!-- /generated -->`
  })
}
