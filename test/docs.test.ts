/** The documentation holds: its examples compile and run, its links lead somewhere, its generated parts are fresh. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pages, pagesWithParts, root } from '../scripts/docs/pages.ts'
import { capabilitiesOf } from '../src/engine/capabilities.ts'
import { closeEngines } from './docs/client.ts'
import { componentsOf } from './docs/components.ts'
import { type Block, snippetsOf } from './docs/snippets.ts'
import { openTestEngine } from './support/engine.ts'

/** Below the repository, so that packages are found; one folder a process. */
const work = join(root, `.cache/docs-${process.pid}`)
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const moduleName = (file: string) => file.replace(/\.md$/, '').replaceAll('/', '-')

beforeAll(() => {
  mkdirSync(work, { recursive: true })
})

afterAll(() => {
  rmSync(work, { recursive: true, force: true })
})

describe('generated parts', () => {
  test.each(pagesWithParts())('$file is as `npm run docs` writes it', ({ text, render }) => {
    expect(render()).toBe(text)
  })

  test('the page of capabilities says what this version answers', async () => {
    const { driver, engine } = await openTestEngine()
    const { persistence: _, ...answered } = capabilitiesOf(driver, { rawSql: false })
    await engine.close()
    const rows = read('docs/reference/capabilities.md').matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)
    expect(Object.fromEntries([...rows].map(([, name, value]) => [name, value]))).toMatchObject(
      Object.fromEntries(Object.entries(answered).map(([name, value]) => [name, inspect(value)])),
    )
  })
})

describe('links', () => {
  test.each(pages())('every link of %s leads to a file, and to a heading of it', (file) => {
    expect(linksOf(read(file)).flatMap((link) => problemOf(file, link))).toEqual([])
  })
})

/** Link targets outside of code, to this repository. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

function problemOf(file: string, link: string): string[] {
  const [path = '', heading] = link.split('#')
  const target = path ? resolve(root, dirname(file), path) : join(root, file)
  if (!existsSync(target)) return [`${link}: there is no ${relative(root, target)}`]
  if (heading === undefined || statSync(target).isDirectory()) return []
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    slugOf(title),
  )
  return headings.includes(heading) ? [] : [`${link}: there is no such heading`]
}

/** As GitHub makes anchors. */
const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

describe('examples', () => {
  test('compile', () => {
    const folder = join(work, 'check')
    mkdirSync(folder, { recursive: true })
    const files = pages().filter((file) => snippetsOf(read(file)).blocks.length > 0)
    for (const file of files)
      writeFileSync(join(folder, `${moduleName(file)}.ts`), snippetsOf(read(file)).module())
    const withComponents = pages().filter((file) => componentsOf(read(file)).length > 0)
    expect(withComponents).toContain('docs/guide/react.md')
    for (const file of withComponents) {
      mkdirSync(join(folder, moduleName(file)), { recursive: true })
      // Lines keep their numbers, so that an error names the line of the page.
      for (const { name, line, text } of componentsOf(read(file)))
        writeFileSync(join(folder, moduleName(file), name), '\n'.repeat(line) + text)
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(checkConfig))
    const { stdout } = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: root,
      env: pathWithBin(),
    })
    const byModule = new Map(files.map((file) => [moduleName(file), file]))
    const errors = stdout
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) =>
        line.replace(
          /^.*?([\w-]+)\.ts\((\d+),\d+\)/,
          (_, name: string, at: string) => `${byModule.get(name) ?? name}:${at}`,
        ),
      )
    expect(errors).toEqual([])
  }, 240_000)

  const running = pages().filter((file) => snippetsOf(read(file)).blocks.some(({ runs }) => runs))

  test.each(running)('of %s run', async (file) => {
    const shown: string[] = []
    const globals = globalThis as { show?: unknown; document?: unknown }
    globals.show = (value: unknown, expected: string, line: number) => {
      const text =
        typeof value === 'string'
          ? value
          : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 5 })
      if (text !== expected) shown.push(`${file}:${line}: gives ${text}, the page says ${expected}`)
    }
    globals.document = { body: {} }
    const target = join(work, `run-${moduleName(file)}.ts`)
    writeFileSync(target, runnable(snippetsOf(read(file)).module((block: Block) => block.runs)))
    try {
      await import(target)
    } finally {
      await closeEngines()
      delete globals.show
      delete globals.document
    }
    expect(shown).toEqual([])
  })
})

/** Imports lead to the sources, and `console.log(x) // → y` compares. */
function runnable(text: string): string {
  return text
    .replace(/'@metabuilder\/dbal(\/[\w/]+)?'/g, (_, path = '') =>
      JSON.stringify(join(root, path ? `src${path}/index.ts` : 'test/docs/client.ts')),
    )
    .split('\n')
    .map((line, index) =>
      line.replace(
        /console\.log\((.*)\) \/\/ → (.*)$/,
        (_, value: string, expected: string) => `show(${value}, ${JSON.stringify(expected)}, ${index + 1})`,
      ),
    )
    .join('\n')
}

const checkConfig = {
  extends: '../../../tsconfig.json',
  compilerOptions: {
    paths: {
      '@metabuilder/dbal': ['../../../src/index.ts'],
      '@metabuilder/dbal/worker': ['../../../worker/index.ts'],
      '@metabuilder/dbal/daemon': ['../../../daemon/index.ts'],
      '@metabuilder/dbal/*': ['../../../src/*/index.ts'],
    },
  },
  include: ['**/*.ts', '**/*.tsx'],
  exclude: [],
}

function pathWithBin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` }
}
