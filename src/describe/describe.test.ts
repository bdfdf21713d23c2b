import asyncApiSchema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { schemaFromData } from '../schema/define.ts'
import { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { SchemaData } from '../schema/schema.ts'
import { toAsyncApi, toOpenApi } from './index.ts'

/** Names that no key of a component may have, a composite key, a view, every type. */
const oddSchema: SchemaData = schemaFromData({
  name: 'odd',
  entities: {
    'Order Details': {
      accessor: 'orderDetails',
      fields: {
        order: { type: 'integer', required: true },
        'line/no': { type: 'bigint', required: true },
        'the file': { type: 'bytes', nullable: true },
        extra: { type: 'any', nullable: true },
        'a.b': { type: 'json', nullable: true },
      },
      primaryKey: ['order', 'line/no'],
    },
    Order_x20_Details: {
      accessor: 'others',
      fields: { id: { type: 'uuid', primary: true }, count: { type: 'string', required: true } },
    },
    Names: { kind: 'view', accessor: 'names', fields: { name: 'any' } },
  },
})

const schemas = { metabuilder: metabuilderSchema, odd: oddSchema }

const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false })
const isAsyncApi = ajv.compile(asyncApiSchema)

describe.each(Object.entries(schemas))('%s', (_, schema) => {
  const documents = [toAsyncApi(schema), toOpenApi(schema)]

  test('is AsyncAPI 3.0 by the official schema', () => {
    isAsyncApi(documents[0])
    expect(isAsyncApi.errors).toBe(null)
    expect(isAsyncApi({ ...documents[0], channels: [] })).toBe(false)
  })

  test('is OpenAPI 3.1 by the official schema', async () => {
    expect(await new Validator().validate(structuredClone(documents[1] ?? {}))).toEqual({ valid: true })
    expect(await new Validator().validate({ ...documents[1], paths: [] })).toMatchObject({ valid: false })
  })

  test('is plain JSON whose references lead somewhere', () => {
    for (const document of documents) {
      expect(JSON.parse(JSON.stringify(document))).toEqual(document)
      const dangling = referencesIn(document).filter((path) => resolve(document, path) === undefined)
      expect(dangling).toEqual([])
    }
  })

  test('has the schemas of draft 07, and of 2020-12 in OpenAPI', () => {
    const meta = new Ajv({ strict: false })
    for (const document of documents) {
      const { schemas: all } = document['components'] as { schemas: Record<string, object> }
      for (const [name, one] of Object.entries(all))
        expect(meta.validateSchema(one), `${name}: ${meta.errorsText()}`).toBe(true)
    }
  })
})

test('keys of entities are their own', () => {
  const { operations } = toAsyncApi(oddSchema) as { operations: object }
  expect(Object.keys(operations)).toEqual(
    expect.arrayContaining(['Order_x20_Details.list', 'Order_x5f_x20_Details.list', 'Names.list']),
  )
  expect(Object.keys(operations)).not.toContain('Names.create')
  expect(Object.keys(operations)).not.toContain('auth.login')
})

test('what nobody is shown is not described', () => {
  const text = JSON.stringify(toAsyncApi(metabuilderSchema))
  expect(text).toContain('Credential.verify')
  expect(text).not.toContain('Credential.create')
  expect(text).not.toContain('Session.')
  expect(text).not.toContain('passwordHash')
})

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) =>
    name === '$ref' && typeof item === 'string' ? [item] : referencesIn(item),
  )
}

function resolve(document: object, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document)
}
