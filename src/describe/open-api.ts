/** The HTTP side of a daemon as OpenAPI 3.1: health, readiness, metrics. Rows are described beside, for their types. */

import type { JsonSchema } from '../schema/json-schema.ts'
import type { SchemaData } from '../schema/schema.ts'
import {
  type DescribeOptions,
  type Document,
  defaultHost,
  defaultVersion,
  withoutSlash,
} from './async-api.ts'
import { entityComponents } from './components.ts'
import { errorComponents } from './errors.ts'
import { flag, objectOf, refToShared, shared, text, whole } from './names.ts'

const httpComponents: Readonly<Record<string, JsonSchema>> = {
  [shared('Health')]: objectOf({
    status: { type: 'string', enum: ['ok', 'degraded'] },
    version: text,
    uptime: { ...whole(0), description: 'Seconds.' },
    connections: objectOf({ active: whole(0), total: whole(0) }),
    database: objectOf({ connected: flag, latency_ms: { type: 'number', minimum: 0 } }),
  }),
  [shared('Ready')]: objectOf({ ready: flag }),
  [shared('HttpError')]: objectOf({ error: text }),
}

const json = (description: string, component: string) => ({
  description,
  content: { 'application/json': { schema: refToShared(component) } },
})

const refusals = { '405': json('Only GET and HEAD.', 'HttpError'), '500': json('A defect.', 'HttpError') }

export function toOpenApi(
  schema: SchemaData,
  { version = defaultVersion, host = defaultHost, path = '/', secure = false }: DescribeOptions = {},
): Document {
  return {
    openapi: '3.1.0',
    info: {
      title: `${schema.name} over HTTP`,
      version,
      description:
        'What an operator asks. Data is read and written over the WebSocket at "/", which the AsyncAPI description is about; the component schemas of both are the same.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${secure ? 'https' : 'http'}://${host}${withoutSlash(path)}` }],
    // Whoever reaches the port may ask; keep it behind the proxy.
    security: [],
    paths: {
      '/health': {
        get: {
          operationId: 'health',
          summary: 'Whether the daemon and its database work',
          responses: {
            '200': json('They do.', 'Health'),
            '503': json('The database does not answer.', 'Health'),
            ...refusals,
          },
        },
      },
      '/ready': {
        get: {
          operationId: 'ready',
          summary: 'Whether it takes connections: not while it starts or drains',
          responses: { '200': json('It does.', 'Ready'), '503': json('It does not.', 'Ready'), ...refusals },
        },
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Figures for Prometheus',
          responses: {
            '200': { description: 'Its text format.', content: { 'text/plain': { schema: text } } },
            ...refusals,
          },
        },
      },
      '/': {
        get: {
          operationId: 'socket',
          summary: 'The WebSocket',
          responses: {
            '101': { description: 'The connection is a WebSocket from here on.' },
            '426': json('It was not asked for one.', 'HttpError'),
            ...refusals,
          },
        },
      },
    },
    components: { schemas: { ...httpComponents, ...entityComponents(schema), ...errorComponents } },
  }
}
