/**
 * The ```tsx blocks of a page. Each is a module of its own, as it would be a file of an app: its first line names it
 * (`// task-list.tsx`), and others import it by that name.
 */

export interface ComponentModule {
  /** With its extension. */
  readonly name: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly text: string
}

export function componentsOf(page: string): ComponentModule[] {
  const lines = page.split('\n')
  return lines.flatMap((fence, at) => {
    if (fence !== '```tsx') return []
    const end = lines.indexOf('```', at)
    const [, name] = /^\/\/ ([\w-]+\.tsx?)$/.exec(lines[at + 1] ?? '') ?? []
    if (end < 0 || !name)
      throw new Error(`the block of line ${at + 1} has no end, or no file name in its first line`)
    return [{ name, line: at + 1, text: lines.slice(at + 1, end).join('\n') }]
  })
}
