/** A schema from a file: YAML, JSON, or a module that exports it. */

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { schemaFromData } from '../schema/define.ts'
import type { SchemaData } from '../schema/schema.ts'
import { fromYaml } from '../schema/yaml.ts'
import { UsageError } from './command.ts'

/**
 * @param path absolute
 * @throws UsageError when the file is not there or exports no schema, DBALError VALIDATION_ERROR for a bad schema
 */
export async function loadSchema(path: string): Promise<SchemaData> {
  switch (extname(path)) {
    case '.yaml':
    case '.yml':
      return fromYaml(await readText(path))
    case '.json':
      return schemaFromData(parseJson(await readText(path), path))
    default:
      return schemaFromData(schemaExport(await importModule(path), path))
  }
}

export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`)
  }
}

/** TypeScript is read by Node itself, from version 22.18 on. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new UsageError(
        `This version of Node cannot read ${path}; use Node 22.18 or newer, or give a .js, .json or .yaml file`,
      )
    }
    throw new UsageError(`${path} cannot be loaded: ${message}`)
  }
}

function schemaExport(module: Readonly<Record<string, unknown>>, path: string): unknown {
  const isSchema = (value: unknown) => typeof value === 'object' && value !== null && 'entities' in value
  const found = [module.schema, module.default, ...Object.values(module)].find(isSchema)
  if (!found) throw new UsageError(`${path} exports no schema; export what defineSchema returns as "schema"`)
  return found
}
