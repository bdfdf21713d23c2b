/** The wire protocol of a daemon as AsyncAPI 3.0, from the point of view of the daemon: it receives requests and replies. */

import { protocolVersion } from '../protocol/version.ts'
import type { SchemaData } from '../schema/schema.ts'
import { allComponents } from './components.ts'
import { type DescribedOperation, describedOperations, paramsSchema } from './operations.ts'
import {
  errorReplySchema,
  notificationSchema,
  notifications,
  ofSession,
  partSchema,
  replySchema,
  requestSchema,
} from './socket.ts'

export interface DescribeOptions {
  /** Of the description. Default: the protocol's. */
  readonly version?: string
  /** Host and port of the daemon. Default `localhost:50051`. */
  readonly host?: string
  /** Where a proxy has it, which takes the path off on the way: `/db`. Default `/`. */
  readonly path?: string
  /** Whether it speaks TLS. Default false. */
  readonly secure?: boolean
}

/** A document of plain JSON. */
export type Document = { readonly [name: string]: unknown }

const channel = 'socket'
const inChannel = (message: string) => ({ $ref: `#/channels/${channel}/messages/${message}` })

export const defaultHost = 'localhost:50051'
export const defaultVersion = `${protocolVersion}.0.0`

/** Without the slash at its end: what follows begins with one. */
export const withoutSlash = (path: string): string => path.replace(/\/+$/, '')

export function toAsyncApi(
  schema: SchemaData,
  { version = defaultVersion, host = defaultHost, path = '/', secure = false }: DescribeOptions = {},
): Document {
  const operations: readonly SocketOperation[] = [
    ...describedOperations(schema),
    ...Object.entries(ofSession).map(([method, shape]) => ({
      ...shape,
      key: method,
      method,
      entity: null,
      spec: { access: null, writes: false },
    })),
  ]
  const messages = { ...Object.assign({}, ...operations.map(messagesOf)), ...commonMessages() } as Document
  return {
    asyncapi: '3.0.0',
    info: { title: `${schema.name} over WebSocket`, version, description, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      daemon: {
        host,
        ...(withoutSlash(path) && { pathname: withoutSlash(path) }),
        protocol: secure ? 'wss' : 'ws',
        description: 'dbal-daemon',
        security: [{ $ref: '#/components/securitySchemes/password' }],
      },
    },
    channels: {
      [channel]: {
        address: '/',
        title: 'Text frames of JSON, one message or an array of requests each',
        servers: [{ $ref: '#/servers/daemon' }],
        messages: Object.fromEntries(
          Object.keys(messages).map((key) => [key, { $ref: `#/components/messages/${key}` }]),
        ),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      ...Object.fromEntries(operations.map((operation) => [operation.key, operationOf(operation)])),
      notify: {
        action: 'send',
        channel: { $ref: `#/channels/${channel}` },
        summary: 'What is said without being asked; it carries no id',
        messages: Object.keys(notifications).map((type) => inChannel(`event.${type}`)),
      },
    },
    components: {
      schemas: allComponents(schema),
      messages,
      securitySchemes: { password: { type: 'userPassword', description: security } },
    },
  }
}

type SocketOperation = Omit<DescribedOperation, 'spec'> & {
  readonly spec: Pick<DescribedOperation['spec'], 'access' | 'writes'>
}

const replyIds = { location: '$message.payload#/id', description: 'A reply has the id of its request.' }

function messagesOf({ key, method, params, result, summary }: SocketOperation): Document {
  const areNeeded = params.some(({ optional }) => !optional)
  return {
    [`${key}.request`]: {
      name: `${key}.request`,
      title: summary,
      correlationId: replyIds,
      payload: requestSchema(method, paramsSchema(params), areNeeded),
    },
    [`${key}.reply`]: {
      name: `${key}.reply`,
      title: `Reply to ${key}`,
      correlationId: replyIds,
      payload: replySchema(result),
    },
  }
}

function commonMessages(): Document {
  return {
    error: {
      name: 'error',
      title: 'A request was refused or failed',
      correlationId: replyIds,
      payload: errorReplySchema,
    },
    part: {
      name: 'part',
      title: 'A piece of a reply that is longer than one message may be',
      correlationId: replyIds,
      payload: partSchema,
    },
    ...Object.fromEntries(
      Object.entries(notifications).map(([type, notification]) => [
        `event.${type}`,
        {
          name: `event.${type}`,
          title: notification.summary,
          payload: notificationSchema(type, notification),
        },
      ]),
    ),
  }
}

function operationOf({ key, summary, entity, spec }: SocketOperation): Document {
  const rule = spec.access === null ? '' : ` Needs a rule that allows ${spec.access}.`
  const again = spec.writes
    ? ' It writes: after a loss, send it again only with its id, in a session that was opened under the same name.'
    : ''
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${channel}` },
    summary,
    ...((rule || again) && { description: `${rule}${again}`.trim() }),
    tags: [{ name: entity ?? 'database' }, { name: spec.writes ? 'writes' : 'reads' }],
    messages: [inChannel(`${key}.request`)],
    reply: {
      channel: { $ref: `#/channels/${channel}` },
      messages: [inChannel(`${key}.reply`), inChannel('error'), inChannel('part')],
    },
  }
}

const security =
  'Sent in a message, not in the handshake: auth.login takes a name and a password and gives an access token and a refresh token; auth.resume takes an access token. A request may carry another token in "auth". Without any of them the caller is "public".'

const description = `Requests and replies are matched by id; several requests may be on their way, and their replies come in any order. An array of requests is a pipeline, not a transaction. Nothing in a request but a verified token decides who calls.

Values that JSON lacks travel as objects of one key: {"$bigint": "12"}, {"$bytes": "<base64>"}, {"$number": "NaN"}, {"$undefined": true}; an object of somebody's own that looks like one of these travels as {"$plain": …}.

A frame over the limit closes the connection with 1009. Everything else that is wrong with a message is answered with an error, and the connection stays open.`
