/** `dbal describe`: the daemon's protocol for clients in other languages, made from a schema. */

import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type DescribeOptions, type Document, toAsyncApi, toOpenApi } from '../describe/index.ts'
import { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { SchemaData } from '../schema/schema.ts'
import { type Command, UsageError } from './command.ts'
import { loadSchema } from './load-schema.ts'

const formats: Readonly<Record<string, (schema: SchemaData, options: DescribeOptions) => Document>> = {
  asyncapi: toAsyncApi,
  openapi: toOpenApi,
}

const usage = `Usage: dbal describe [--schema FILE] [--format asyncapi|openapi] [--url URL] [--out FILE]

Describes what a daemon speaks, as JSON: asyncapi (AsyncAPI 3.0, the default) is the WebSocket with every operation of every
entity, openapi (OpenAPI 3.1) is /health, /ready and /metrics.

  --schema FILE   YAML, JSON or a module that exports the schema; the built-in one when absent
  --url URL       where the daemon is (default ws://localhost:50051); behind a proxy with the path that the proxy has it under
  --out FILE      writes there in place of printing`

export const describe: Command = {
  summary: 'describe the protocol as AsyncAPI or OpenAPI',
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        schema: { type: 'string' },
        format: { type: 'string', default: 'asyncapi' },
        url: { type: 'string' },
        out: { type: 'string' },
      },
    })
    const describeAs = Object.hasOwn(formats, values.format) ? formats[values.format] : undefined
    if (!describeAs) throw new UsageError(`--format must be ${Object.keys(formats).join(' or ')}`)
    const schema =
      values.schema === undefined
        ? metabuilderSchema
        : await loadSchema(resolve(terminal.folder, values.schema))
    const text = JSON.stringify(describeAs(schema, serverOf(values.url)), null, 2)
    if (values.out === undefined) {
      terminal.print(text)
      return 0
    }
    try {
      await writeFile(resolve(terminal.folder, values.out), `${text}\n`)
    } catch (error) {
      throw new UsageError(`${values.out} cannot be written (${(error as NodeJS.ErrnoException).code})`)
    }
    terminal.print(`wrote ${values.out}`)
    return 0
  },
}

function serverOf(url: string | undefined): DescribeOptions {
  if (url === undefined) return {}
  const isKnown = /^(ws|http)s?:\/\//.test(url) && URL.canParse(url)
  if (!isKnown) throw new UsageError('--url must be an address such as wss://db.example.com')
  const { host, protocol, pathname, username, password, search, hash } = new URL(url)
  // The daemon takes no query, and a name or a password would stand in what is handed on.
  if (username + password + search + hash !== '')
    throw new UsageError('--url must be host and path alone, without a user, a query or a fragment')
  return { host, path: pathname, secure: protocol === 'wss:' || protocol === 'https:' }
}
