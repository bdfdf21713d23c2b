/** `dbal migrate:generate`: the next migration file from what the schema has that the last one did not. */

import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compareTables, nameOfChanges } from '../engine/migrate/diff.ts'
import { tablesOf } from '../engine/migrate/table.ts'
import type { Migration } from '../schema/migration.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { loadSchema } from './load-schema.ts'
import { readMigrationsFolder, writeMigration, writeSnapshot } from './migrations-folder.ts'

const usage = `Usage: dbal migrate:generate <schema> [options]

  <schema>          a module (.ts, .js) that exports the schema, or a .yaml or .json file

Options:
  --dir <folder>    where the migrations are (default: migrations)
  --name <name>     name of the new migration (default: made from what is added)
  --format <ts|js|json>  of the new file (default: ts)
  --baseline        write no migration; note that the migrations there are lead to this schema
                    (after a migration in SQL, which cannot be read)`

const options = {
  dir: { type: 'string', default: 'migrations' },
  name: { type: 'string' },
  format: { type: 'string', default: 'ts' },
  baseline: { type: 'boolean', default: false },
} as const

export const migrateGenerate: Command = {
  summary: 'write the next migration for what was added to the schema',
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [schemaPath, ...more] = positionals
    if (!schemaPath || more.length > 0) throw new UsageError(usage)
    const { format, name } = values
    if (format !== 'ts' && format !== 'js' && format !== 'json')
      throw new UsageError('--format must be ts, js or json')
    if (name !== undefined && !/^[\w-]+$/.test(name)) {
      throw new UsageError('--name must consist of letters, digits, - and _')
    }
    const schema = await loadSchema(resolve(terminal.folder, schemaPath))
    const folder = resolve(terminal.folder, values.dir)
    const wanted = tablesOf(schema)
    const { migrations, tables } = await readMigrationsFolder(folder)
    const last = migrations.at(-1)?.version ?? 0
    if (values.baseline) {
      tell(terminal, folder, [await writeSnapshot(folder, last, wanted)])
      return 0
    }
    if (!tables) {
      throw new UsageError(
        'A migration in SQL came after the last snapshot, and what it does cannot be read from it. When the migrations lead to the schema as it is now, run this command with --baseline; then change the schema and run it again.',
      )
    }
    const { additions, removals, differences } = compareTables(tables, wanted)
    if (differences.length > 0) {
      terminal.print('Only additions are generated. Write a migration for:')
      for (const { text, step } of differences) terminal.print(`  - ${text}\n    step: ${step}`)
      return 1
    }
    if (additions.length === 0) {
      terminal.print('The migrations lead to this schema; there is nothing to add.')
      return 0
    }
    const migration: Migration = {
      version: last + 1,
      name: name ?? (last === 0 ? 'initial' : nameOfChanges(additions)),
      up: additions,
      down: removals,
    }
    tell(terminal, folder, await writeMigration(folder, migration, wanted, format))
    return 0
  },
}

function tell({ folder: start, print }: Terminal, folder: string, names: readonly string[]): void {
  for (const name of names) print(`wrote ${relative(start, resolve(folder, name))}`)
}
