/** What the daemon serves: the schema of code, of a file, or the built-in one; and the rules that stand in place of its own. */

import { parse } from 'yaml'
import type { Migration } from '../src/engine/migrate/migration.ts'
import { type EntityRule, type Schema, withRules } from '../src/schema/define.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import { fromYaml } from '../src/schema/yaml.ts'
import type { Definition } from '../src/serve/definition.ts'
import { readNamed } from './config/files.ts'
import { ConfigError } from './config/read.ts'
import type { DaemonConfig } from './config/shape.ts'

interface Given {
  readonly schema?: Schema
  readonly migrations?: readonly Migration[]
}

/** @throws ConfigError, DBALError VALIDATION_ERROR */
export async function definitionOf(
  { schema: { file }, acl: { rules_file } }: Pick<DaemonConfig, 'schema' | 'acl'>,
  given: Given,
  builtin: readonly Migration[],
): Promise<Definition> {
  if (given.schema && file !== undefined)
    throw new ConfigError(['schema.file: there is a schema of code already'])
  const own =
    given.schema ?? (file === undefined ? undefined : fromYaml(String(await readNamed('schema.file', file))))
  const schema: Schema = own ?? metabuilderSchema
  const migrations = given.migrations ?? (own ? [] : builtin)
  return {
    schema: rules_file === undefined ? schema : withRules(schema, await readRules(rules_file)),
    migrations,
  }
}

async function readRules(file: string): Promise<readonly EntityRule[]> {
  const rules: unknown = parse(String(await readNamed('acl.rules_file', file)), { maxAliasCount: 0 })
  if (!Array.isArray(rules)) throw new ConfigError(['acl.rules_file: must hold a list of rules'])
  // Each is read as strictly as one in a schema: withRules takes nothing for granted.
  return rules as readonly EntityRule[]
}
