/**
 * The import directions of docs/architecture.md, as a rule. Every relative import must lead to a room that the importing
 * room may use; tests may also use what the table allows to their own room and test code.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Rooms by folder, the longest match wins, and what each may import. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': [],
  'src/schema': ['src/protocol', 'src/drivers/driver.ts'],
  'src/transport': ['src/protocol', 'src/schema'],
  'src/client': ['src/protocol', 'src/schema', 'src/transport'],
  'src/kysely': ['src/protocol', 'src/schema', 'src/client'],
  'src/react': ['src/protocol', 'src/schema', 'src/client'],
  'src/index.ts': ['src/protocol', 'src/schema', 'src/client'],
  'src/describe': ['src/protocol', 'src/schema'],
  'src/engine': ['src/protocol', 'src/schema', 'src/drivers/driver.ts'],
  'src/drivers': ['src/protocol'],
  'src/serve': ['src/protocol', 'src/schema', 'src/engine', 'src/drivers/driver.ts'],
  'src/cli': [
    'src/protocol',
    'src/schema',
    'src/describe',
    'src/engine',
    'src/drivers',
    'src/serve',
    'migrations',
    // The suite is part of the package.
    'test/conformance',
  ],
  'src/vite': [],
  migrations: ['src/schema', 'src/engine/migrate/migration.ts'],
  worker: ['src/serve', 'src/drivers', 'migrations', 'src/schema', 'src/protocol', 'src/engine'],
  daemon: ['src/serve', 'src/drivers', 'migrations', 'src/schema', 'src/protocol', 'src/engine'],
  demo: [],
  bench: ['src', 'scripts'],
  'bench/daemon': ['src', 'scripts', 'daemon', 'test/support'],
  scripts: ['scripts'],
  'scripts/demo-daemon.ts': ['src', 'daemon', 'demo/src'],
  'scripts/docs': ['scripts', 'src/protocol', 'src/schema'],
  test: ['src', 'migrations', 'worker', 'daemon', 'scripts'],
  e2e: ['test', 'scripts', 'src/protocol', 'src/schema'],
}

/** Steps of the pipeline do not know each other. */
const steps = ['decode.ts', 'authorize.ts', 'validate', 'audit', 'live', 'query'].map(
  (step) => `src/engine/${step}`,
)

/** What a step may import of another although both are steps: shared vocabulary, not behaviour. */
const shared = ['src/engine/query/binding.ts', 'src/engine/query/nodes.ts']

const problems: string[] = []
for (const file of sources(root)) check(file)
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
} else {
  console.log('Import directions hold.')
}

function check(file: string): void {
  const from = roomOf(file)
  if (!from) return
  const isTest = /\.(test|cases|property|spec|test-d)\.tsx?$/.test(file) || file.includes('/testing/')
  const text = readFileSync(join(root, file), 'utf8')
  for (const [, typeOnly, path = ''] of text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"](\.[^'"]+)['"]/gm,
  )) {
    const target = relative(root, resolve(root, dirname(file), path)).replaceAll('\\', '/')
    const to = roomOf(target)
    if (!to) continue
    const allowed =
      from === to || (rooms[from] ?? []).some((room) => target === room || target.startsWith(`${room}/`))
    const inTest = isTest && !target.startsWith('demo/')
    const engineTypes = typeOnly && from === 'src/transport' && to === 'src/engine'
    if (!allowed && !inTest && !engineTypes) problems.push(`${file}: ${from} must not import ${target}`)
    if (!isTest) checkStep(file, target, Boolean(typeOnly))
  }
}

function checkStep(file: string, target: string, typeOnly: boolean): void {
  const own = steps.find((step) => file === step || file.startsWith(`${step}/`))
  const other = steps.find((step) => target === step || target.startsWith(`${step}/`))
  if (own && other && own !== other && !typeOnly && !shared.includes(target)) {
    problems.push(`${file}: a step of the pipeline must not import another (${target})`)
  }
}

function roomOf(file: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((left, right) => right.length - left.length)[0]
}

function sources(folder: string): string[] {
  const skip = new Set(['node_modules', 'dist', 'dist-demo', 'coverage', '.git', 'fixtures'])
  return readdirSync(folder, { withFileTypes: true, recursive: false }).flatMap((entry) => {
    if (skip.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) ? [relative(root, path).replaceAll('\\', '/')] : []
  })
}
