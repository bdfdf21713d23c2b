/** A folder of numbered migration files, and beside them the tables to which they lead. */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { tablesAfter } from '../engine/migrate/change.ts'
import { orderMigrations } from '../engine/migrate/migration.ts'
import type { Migration, Tables } from '../schema/migration.ts'
import { UsageError } from './command.ts'
import { printLiteral } from './literal.ts'
import { importModule, parseJson, readText } from './load-schema.ts'

const fileName = /^(\d+)-.+\.(?:ts|mts|js|mjs|json)$/
const snapshotName = 'snapshot.json'

/** The tables after the migration of that number; the database cannot be asked here, and SQL cannot be read. */
interface Snapshot {
  readonly version: number
  readonly tables: Tables
}

export interface MigrationsFolder {
  readonly migrations: readonly Migration[]
  /** Undefined when a migration in SQL came after the last snapshot. */
  readonly tables: Tables | undefined
}

/**
 * An absent folder is an empty one.
 * @throws UsageError for a file that holds no migration or one of another number than its name
 */
export async function readMigrationsFolder(folder: string): Promise<MigrationsFolder> {
  const names = (await namesIn(folder)).filter((name) => fileName.test(name) && !name.endsWith('.d.ts'))
  const migrations = orderMigrations(await Promise.all(names.map((name) => readMigration(folder, name))))
  const snapshot = await readSnapshot(folder)
  const since = migrations.filter(({ version }) => version > snapshot.version)
  return {
    migrations,
    tables: tablesAfter(
      snapshot.tables,
      since.flatMap(({ up }) => up),
    ),
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw new UsageError(`${folder} cannot be read (${code})`)
  }
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const path = join(folder, name)
  const found =
    extname(name) === '.json'
      ? parseJson(await readText(path), path)
      : migrationExport(await importModule(path))
  if (!isMigration(found))
    throw new UsageError(
      `${path} exports no migration; its default export must be { version, name, up, down }`,
    )
  const number = Number(fileName.exec(name)?.[1])
  if (found.version !== number) {
    throw new UsageError(`${path} holds migration ${found.version}; file and migration must have one number`)
  }
  return found
}

function migrationExport(module: Readonly<Record<string, unknown>>): unknown {
  return [module.default, ...Object.values(module)].find(isMigration)
}

function isMigration(value: unknown): value is Migration {
  return typeof value === 'object' && value !== null && 'version' in value && 'up' in value
}

async function readSnapshot(folder: string): Promise<Snapshot> {
  const path = join(folder, snapshotName)
  if (!(await namesIn(folder)).includes(snapshotName)) return { version: 0, tables: {} }
  return parseJson(await readText(path), path) as Snapshot
}

/** @returns the names of the files that were written */
export async function writeMigration(
  folder: string,
  migration: Migration,
  tables: Tables,
  format: 'ts' | 'js' | 'json',
): Promise<string[]> {
  const name = `${String(migration.version).padStart(4, '0')}-${migration.name}.${format}`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), printMigration(migration, format), { flag: 'wx' })
  await writeSnapshot(folder, migration.version, tables)
  return [name, snapshotName]
}

export async function writeSnapshot(folder: string, version: number, tables: Tables): Promise<string> {
  const snapshot: Snapshot = { version, tables }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, snapshotName), `${JSON.stringify(snapshot, null, 2)}\n`)
  return snapshotName
}

function printMigration(migration: Migration, format: 'ts' | 'js' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(migration, null, 2)}\n`
  return `/** Once it was released, this file is never changed: databases know it by its checksum. */\nexport default ${printLiteral(migration)}${format === 'ts' ? ' as const' : ''}\n`
}
