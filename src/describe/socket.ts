/** The messages around the operations: requests, replies, notifications, and the client's own session. */

import type { Event } from '../protocol/event.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { isTrue, type OperationShape } from './entity-operations.ts'
import { flag, listOf, objectOf, refToShared, shared, text, whole } from './names.ts'

const id: JsonSchema = {
  description: 'Whatever the client likes; a whole number from 1, ascending, after session.open.',
  anyOf: [{ type: 'string', maxLength: 200 }, { type: 'integer' }],
}

/** What every request may carry beside its method and parameters. */
export const socketComponents: Readonly<Record<string, JsonSchema>> = {
  [shared('Id')]: id,
  [shared('Auth')]: objectOf(
    {
      token: { type: 'string', maxLength: 4_096, description: 'An access token.' },
      userId: { type: 'string', maxLength: 200, description: 'Whose it is; any other is UNAUTHORIZED.' },
    },
    { description: 'Who makes this one call, where it is not who the connection has signed in as.' },
  ),
}

export function requestSchema(method: string, params: JsonSchema, areNeeded: boolean): JsonSchema {
  return objectOf(
    {
      id: refToShared('Id'),
      method: { const: method },
      params,
      auth: refToShared('Auth'),
      transaction: {
        ...whole(1),
        description: 'The client’s own number of the transaction that the call belongs to.',
      },
      ack: {
        ...whole(0),
        description: 'The lowest id whose reply the client still waits for; needed after session.open.',
      },
    },
    { optional: ['auth', 'transaction', 'ack', ...(areNeeded ? [] : ['params'])] },
  )
}

export const replySchema = (result: JsonSchema): JsonSchema => objectOf({ id: refToShared('Id'), result })

export const errorReplySchema: JsonSchema = objectOf({
  id: {
    description: 'Of the request; null where none could be read.',
    anyOf: [refToShared('Id'), { type: 'null' }],
  },
  error: refToShared('Error'),
})

/** A piece of a reply that is longer than a message may be. */
export const partSchema: JsonSchema = objectOf(
  {
    id: refToShared('Id'),
    part: whole(0),
    text: { ...text, description: 'The pieces in their order are the JSON text of the reply.' },
    more: { ...isTrue, description: 'On all but the last.' },
  },
  { optional: ['more'] },
)

/** Methods of the connection itself, which only a socket has. */
export const ofSession: Readonly<Record<string, OperationShape>> = {
  'session.open': {
    summary:
      'Names the client, so that it can come back after a loss and its writes are applied at most once. Comes first, and once',
    params: [
      {
        name: 'options',
        schema: objectOf(
          {
            client: {
              type: 'string',
              pattern: '^[A-Za-z0-9_-]{16,64}$',
              description: 'Made at random and kept secret.',
            },
            token: { type: ['string', 'null'], maxLength: 4_096, description: 'An access token.' },
            packed: {
              ...flag,
              description:
                'Lists of rows travel as dbal.PackedRows, and replies to an array of requests may come as an array.',
            },
          },
          { optional: ['token', 'packed'] },
        ),
      },
    ],
    result: objectOf({ protocol: whole(1), version: whole(0), maxFrameBytes: whole(1) }),
  },
  'session.close': { summary: 'Says goodbye; its reply is the last one', params: [], result: isTrue },
  'session.ping': { summary: 'Asks whether anybody is there', params: [], result: isTrue },
}

type Told = Exclude<Event['type'], 'storage' | 'connection'>

interface Notification {
  readonly summary: string
  /** Members beside `type`; several forms where there are several. */
  readonly forms: readonly {
    readonly members: Readonly<Record<string, JsonSchema>>
    readonly optional?: readonly string[]
  }[]
}

const places = objectOf({
  removed: listOf(whole(0)),
  added: listOf(whole(0)),
  changed: listOf(whole(0)),
})

const rows = listOf({ type: 'object' })

/** What the daemon says without being asked; the rest of the events is about a page and its worker. */
export const notifications: { readonly [Type in Told]: Notification } = {
  live: {
    summary: 'The rows of a live query, or what has changed in them',
    forms: [
      {
        members: {
          subscription: { type: 'integer' },
          whole: rows,
          key: { ...listOf(text), description: 'The fields that make up a row’s id.' },
        },
      },
      {
        members: {
          subscription: { type: 'integer' },
          change: objectOf({
            added: rows,
            removed: { type: 'array', description: 'Ids of rows.' },
            changed: rows,
            moved: listOf(objectOf({ id: {}, from: whole(0), to: whole(0) })),
          }),
          places,
        },
      },
    ],
  },
  liveError: {
    summary: 'A live query has ended',
    forms: [{ members: { subscription: { type: 'integer' }, error: refToShared('EventError') } }],
  },
  session: {
    summary: 'The token is worth nothing any more: calls are UNAUTHORIZED until the next sign-in',
    forms: [
      {
        members: {
          state: { const: 'ended' },
          reason: { type: 'string', enum: ['expired', 'revoked'] },
        },
      },
    ],
  },
  migration: {
    summary: 'How migrations go that this client has asked for',
    forms: [
      {
        members: {
          version: whole(0),
          name: text,
          state: { type: 'string', enum: ['started', 'applied', 'failed'] },
          done: whole(0),
          total: whole(0),
        },
      },
    ],
  },
  slowQuery: {
    summary: 'A call of this client took long',
    forms: [
      {
        members: { entity: text, operation: text, durationMs: { type: 'number' } },
        optional: ['entity'],
      },
    ],
  },
  error: {
    summary: 'Something went wrong that no reply tells of',
    forms: [{ members: { error: refToShared('EventError') } }],
  },
}

export function notificationSchema(type: string, { forms }: Notification): JsonSchema {
  const events = forms.map(({ members, optional = [] }) =>
    objectOf({ type: { const: type }, ...members }, { optional }),
  )
  return objectOf({ event: events.length === 1 ? (events[0] as JsonSchema) : { anyOf: events } })
}
