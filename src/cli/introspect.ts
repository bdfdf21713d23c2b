/** `dbal introspect`: the schema of an SQLite file. */

import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { introspectSqlite } from '../schema/introspect/introspect-sqlite.ts'
import type { EntityData, FieldData, SchemaData } from '../schema/schema.ts'
import { type Command, UsageError } from './command.ts'
import { withFile } from './sqlite-file.ts'

const usage = `Usage: dbal introspect <file.sqlite> [--json]

Prints the schema of any SQLite file as YAML, or with --json as the data that the engine works with.`

export const introspect: Command = {
  summary: 'print the schema of an SQLite file',
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new UsageError(usage)
    const schema = await withFile(path, terminal, (run) => run(introspectSqlite('app')))
    terminal.print(values.json ? JSON.stringify(schema, null, 2) : printYaml(schema))
    return 0
  },
}

/** As a person would write it: what is false, absent or a default is left out. */
function printYaml(schema: SchemaData): string {
  const entities = Object.fromEntries(
    Object.entries(schema.entities).map(([name, entity]) => [name, sparseEntity(entity)]),
  )
  return stringify({ name: schema.name, entities }, { lineWidth: 110 }).trimEnd()
}

function sparseEntity({ fields, primaryKey, kind, indexes, accessor }: EntityData) {
  return {
    ...(kind === 'view' && { kind }),
    accessor,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, sparseField(field, primaryKey.includes(name))]),
    ),
    ...(primaryKey.length > 1 && { primaryKey }),
    ...(indexes.length > 0 && {
      indexes: indexes.map(({ fields, unique }) => (unique ? { fields, unique } : fields)),
    }),
  }
}

function sparseField(
  { type, references, required, nullable, ...facets }: FieldData,
  primary: boolean,
): object | string {
  const { onDelete, onUpdate } = references ?? {}
  const sparse = {
    type,
    ...(primary && { primary }),
    ...(required && !primary && { required }),
    ...(nullable && required && { nullable }),
    ...Object.fromEntries(
      Object.entries(facets).filter(([, value]) => value !== false && value !== undefined),
    ),
    ...(references && { references: `${references.entity}.${references.field}` }),
    ...(onDelete && onDelete !== 'noAction' && { onDelete }),
    ...(onUpdate && onUpdate !== 'noAction' && { onUpdate }),
  }
  return Object.keys(sparse).length === 1 ? type : sparse
}
