/** Descriptions put to the test: whether messages are as the AsyncAPI document of a schema says. */

import { Ajv } from 'ajv'
import { toAsyncApi } from '../../src/describe/index.ts'
import type { Request } from '../../src/protocol/request.ts'
import { printWire } from '../../src/protocol/wire-value.ts'
import type { SchemaData } from '../../src/schema/schema.ts'

export interface Described {
  /** The keys of all operations. */
  readonly operations: readonly string[]
  /** Why a message is not as described; undefined when it is. */
  problemOf(message: string, payload: unknown): string | undefined
  /** The key of a request's operation; undefined where none is described. */
  operationOf(request: Pick<Request, 'method' | 'params'>): string | undefined
}

export function described(schema: SchemaData): Described {
  const document = toAsyncApi(schema)
  const { messages } = document['components'] as { messages: Readonly<Record<string, unknown>> }
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false, inlineRefs: false })
  ajv.addSchema(document, 'api')
  return {
    operations: Object.keys(messages).flatMap((key) => /^(.+)\.request$/.exec(key)?.[1] ?? []),
    problemOf(message, payload) {
      // Of the document itself and not of a schema that refers to it: what several messages share is compiled once.
      const validate = ajv.getSchema(`api#/components/messages/${message}/payload`)
      if (!validate) throw new Error(`There is no message ${message}`)
      return validate(payload) ? undefined : ajv.errorsText(validate.errors)
    },
    operationOf({ method, params }) {
      const keys = [`${keyOf(params[0])}.${method}`, method]
      return keys.find((key) => Object.hasOwn(messages, `${key}.request`))
    },
  }
}

const keyOf = (entity: unknown): string => String(entity).replaceAll(' ', '_x20_')

/** A value as it comes out of a message; members that are undefined are left out, as clients in other languages do. */
export const asSent = (value: unknown): unknown => JSON.parse(printWire(defined(value)))

function defined(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    const items = value.map(defined)
    while (items.length > 0 && items.at(-1) === undefined) items.pop()
    return items
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (item === undefined ? [] : [[name, defined(item)]])),
  )
}
