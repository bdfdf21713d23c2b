import { describe, expect, test, vi } from 'vitest'
import {
  type ClientOptions,
  DBALClient,
  DBALError,
  DBALErrorCode,
  defineSchema,
  f,
  getDBALClient,
  introspect,
  type Schema,
  type Transport,
} from '../index.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { Frame, Reply, Request } from '../protocol/request.ts'
import type { OpenConfig } from '../transport/open-config.ts'
import * as transports from './create-transport.ts'

const schema = defineSchema({
  Note: { fields: { id: f.id(), text: f.text({ required: true }) } },
  Line: { fields: { order: f.uuid({ primary: true }), number: f.integer({ primary: true }) } },
})

type Answer = (request: Request) => unknown

class FakeTransport implements Transport {
  readonly frames: Frame[] = []
  closed = 0
  openError: Error | null = null
  answer: Answer
  readonly #listeners = new Set<(event: Event) => void>()

  constructor(answer: Answer = () => null) {
    this.answer = answer
  }

  async open(): Promise<Ready> {
    if (this.openError) throw this.openError
    return { persistence: 'opfs', role: 'leader', rung: 'asset', version: 2 }
  }

  async exchange(frame: Frame): Promise<readonly Reply[]> {
    this.frames.push(structuredClone(frame))
    return frame.requests.map((request) => {
      const result = this.answer(request)
      return result instanceof DBALError
        ? { id: request.id, error: result.toWire() }
        : { id: request.id, result }
    })
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.closed++
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** What was asked, without ids. */
  get calls(): unknown[] {
    return this.frames.flatMap(({ requests }) => requests.map(({ method, params }) => [method, ...params]))
  }
}

function setup<S extends Schema = typeof schema>(
  answer?: Answer,
  options: ClientOptions<S> = { schema: schema as never },
) {
  const transport = new FakeTransport(answer)
  const client = new DBALClient<S>({ ...options, transport })
  return { transport, client }
}

const builtin = (answer?: Answer) => {
  const transport = new FakeTransport(answer)
  return { transport, client: new DBALClient({ transport }) }
}

/** Takes the place of the worker for what is made without a `transport` option. */
function replaceWorker(answer?: Answer) {
  const made: { config: OpenConfig; transport: FakeTransport }[] = []
  const spy = vi.spyOn(transports, 'createTransport').mockImplementation((config) => {
    const transport = new FakeTransport(answer)
    made.push({ config, transport })
    return transport
  })
  return { made, [Symbol.dispose]: () => spy.mockRestore() }
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )

describe('an entity', () => {
  test('has every operation, each a request of its name with the entity first', async () => {
    const { transport, client } = setup()
    const { notes } = client
    await Promise.all([
      notes.create({ text: 'a' }),
      notes.createMany([{ text: 'a' }]),
      notes.read('id'),
      notes.update('id', { text: 'b' }),
      notes.delete('id'),
      notes.upsert({ where: { id: 'id' }, create: { text: 'a' }, update: { text: 'b' } }),
      notes.findFirst({ filter: { text: 'a' } }),
      notes.count(),
      notes.count({ text: 'a' }),
      notes.aggregate({ count: true }),
      notes.updateMany({ text: 'a' }, { text: 'b' }),
      notes.deleteMany({ text: 'a' }),
      client.lines.read({ order: 'o', number: 1 }),
    ])
    expect(transport.calls).toEqual([
      ['create', 'Note', { text: 'a' }],
      ['createMany', 'Note', [{ text: 'a' }]],
      ['read', 'Note', 'id'],
      ['update', 'Note', 'id', { text: 'b' }],
      ['delete', 'Note', 'id'],
      ['upsert', 'Note', { where: { id: 'id' }, create: { text: 'a' }, update: { text: 'b' } }],
      ['findFirst', 'Note', { filter: { text: 'a' } }],
      ['count', 'Note'],
      ['count', 'Note', { text: 'a' }],
      ['aggregate', 'Note', { count: true }],
      ['updateMany', 'Note', { text: 'a' }, { text: 'b' }],
      ['deleteMany', 'Note', { text: 'a' }],
      ['read', 'Line', { order: 'o', number: 1 }],
    ])
    expect(transport.frames).toHaveLength(1)
  })

  test('a page comes back with its rows as objects', async () => {
    const { client } = setup(() => ({
      data: { fields: ['id', 'text'], values: ['1', 'a', '2', 'b'] },
      limit: 20,
      hasMore: true,
      nextCursor: 'c',
    }))
    expect(await client.notes.list()).toEqual({
      data: [
        { id: '1', text: 'a' },
        { id: '2', text: 'b' },
      ],
      limit: 20,
      hasMore: true,
      nextCursor: 'c',
    })
  })

  test('a call takes its arguments as they are when it is made', async () => {
    const { transport, client } = setup()
    const note = { text: 'first' }
    const first = client.notes.create(note)
    note.text = 'second'
    await Promise.all([first, client.notes.create(note)])
    expect(transport.calls).toEqual([
      ['create', 'Note', { text: 'first' }],
      ['create', 'Note', { text: 'second' }],
    ])
  })

  test('what cannot be sent rejects its own call, and the others of the tick go', async () => {
    const { transport, client } = setup()
    const bad = errorOf(client.notes.create({ text: (() => 'x') as never }))
    await client.notes.create({ text: 'good' })
    expect(await bad).toMatchObject({ code: 'VALIDATION_ERROR', details: { issues: [{ path: 'text' }] } })
    expect(transport.calls).toEqual([['create', 'Note', { text: 'good' }]])
  })

  test('an error reply is a DBALError with code, status and details', async () => {
    const { client } = setup(
      () => new DBALError('NOT_FOUND', 'There is no such Note', { entity: 'Note', id: 'x' }),
    )
    const error = await errorOf(client.notes.read('x'))
    expect(error).toBeInstanceOf(DBALError)
    expect(error).toMatchObject({
      code: DBALErrorCode.NOT_FOUND,
      status: 404,
      details: { entity: 'Note', id: 'x' },
      retryable: false,
    })
  })

  test('is reached by its name as well, and is the same', () => {
    const { client } = setup()
    expect(client.entity('Note')).toBe(client.notes)
    for (const name of ['Nota', 'notes', '__proto__', 'constructor', 'toString']) {
      expect(() => client.entity(name as 'Note')).toThrow(
        expect.objectContaining({ code: 'VALIDATION_ERROR' }),
      )
    }
  })

  test('functions of a handle need no `this`', async () => {
    const { client } = setup(() => 3)
    const { count } = client.notes
    expect(await count()).toBe(3)
  })
})

describe('the built-in schema', () => {
  test('is there when no other is given, with operations of its own', async () => {
    const { transport, client } = builtin(({ method }) =>
      method === 'search' ? { fields: ['username'], values: ['al'] } : null,
    )
    expect(await client.users.search('al', 5)).toEqual([{ username: 'al' }])
    await client.credentials.set({ username: 'al', password: 'x' })
    await client.pageConfigs.getBySlug('home')
    await client.componentNodes.move('a', null, 0)
    expect(transport.calls).toEqual([
      ['search', 'User', 'al', 5],
      ['set', 'Credential', { username: 'al', password: 'x' }],
      ['getBySlug', 'PageConfig', 'home'],
      ['move', 'ComponentNode', 'a', null, 0],
    ])
    expect(Object.keys(client.users)).not.toContain('verify')
  })

  test('an entity User of another schema has none of them', () => {
    const own = defineSchema({ User: { fields: { id: f.id() } } })
    const { client } = setup(undefined, { schema: own })
    expect(Object.keys(client.users)).not.toContain('verify')
  })
})

describe('batch', () => {
  test('sends calls made by op in one request and gives each its result', async () => {
    const { transport, client } = setup(() => [
      { id: '1', text: 'a' },
      { data: { fields: ['id'], values: ['1'] }, limit: 20, hasMore: false },
      1,
    ])
    const note = { text: 'a' }
    const create = client.notes.op.create(note)
    note.text = 'changed'
    const [row, page, count] = await client.batch([create, client.notes.op.list(), client.notes.op.count()])
    expect([row, page.data, count]).toEqual([{ id: '1', text: 'a' }, [{ id: '1' }], 1])
    expect(transport.calls).toEqual([
      [
        'batch',
        [
          { method: 'create', params: ['Note', { text: 'a' }] },
          { method: 'list', params: ['Note'] },
          { method: 'count', params: ['Note'] },
        ],
      ],
    ])
  })
})

describe('the database as a whole', () => {
  test('its methods are requests', async () => {
    const { transport, client } = setup()
    await client.capabilities()
    await client.stats()
    await client.checkIntegrity()
    await client.export()
    await client.analyze()
    await client.vacuum()
    await client.audit.verify()
    await client.audit.head()
    await client.migrations.status()
    await client.migrations.migrate()
    await client.migrations.rollback(1)
    expect(transport.calls).toEqual([
      ['getCapabilities'],
      ['stats'],
      ['checkIntegrity'],
      ['database.export'],
      ['database.analyze'],
      ['database.vacuum'],
      ['audit.verify'],
      ['audit.head'],
      ['migrations.status'],
      ['migrations.migrate'],
      ['migrations.rollback', 1],
    ])
    expect(client.schema).toBe(schema)
  })

  test('the audit log is exported line by line, page by page', async () => {
    const { transport, client } = setup(({ params: [options] }) =>
      (options as { after?: number }).after === 2 ? { lines: ['c'] } : { lines: ['a', 'b'], next: 2 },
    )
    const lines: string[] = []
    for await (const line of client.audit.export({ filter: { entity: 'Note' } })) lines.push(line)
    expect(lines).toEqual(['a', 'b', 'c'])
    expect(transport.calls).toEqual([
      ['audit.export', { filter: { entity: 'Note' } }],
      ['audit.export', { filter: { entity: 'Note' }, after: 2 }],
    ])
  })
})

describe('what this version lacks says so, and which capability it is', () => {
  const lacking = (capability: string) =>
    expect.objectContaining({ code: 'CAPABILITY_NOT_SUPPORTED', details: { capability } })

  test.each([['backup.create', 'backup', (client: DBALClient) => client.backup.create()]])(
    '%s rejects',
    async (_, capability, call) => {
      const { client } = builtin()
      expect(await errorOf(call(client))).toEqual(lacking(capability))
    },
  )

  test('grant and fromPort throw', () => {
    const { client } = builtin()
    expect(() => client.grant({ as: 'session' })).toThrow(lacking('grants'))
    expect(() => DBALClient.fromPort(new MessageChannel().port1)).toThrow(lacking('grants'))
  })

  test('every member that the public face promises is there', () => {
    const { client } = builtin()
    expect(Object.keys(client.auth).sort()).toEqual([
      'changePassword',
      'login',
      'logout',
      'me',
      'refresh',
      'register',
      'requestReset',
      'reset',
      'resume',
    ])
    expect(Object.keys(client.backup).sort()).toEqual([
      'create',
      'export',
      'import',
      'list',
      'restore',
      'schedule',
    ])
  })
})

describe('events', () => {
  test('reach the listeners of their name until these are removed', () => {
    const { transport, client } = setup()
    const heard: unknown[] = []
    const off = client.on('storage', (event) => heard.push(event.persistence))
    client.on('slowQuery', (event) => heard.push(event.durationMs))
    client.on('error', (error) => heard.push(error))
    transport.emit({ type: 'storage', persistence: 'memory', reason: 'no OPFS' })
    transport.emit({ type: 'slowQuery', operation: 'list', durationMs: 150 })
    transport.emit({
      type: 'error',
      error: { code: 'DATABASE_ERROR', message: 'disk full', details: { reason: 'full' } },
    })
    off()
    transport.emit({ type: 'storage', persistence: 'memory' })
    expect(heard).toEqual(['memory', 150, expect.any(DBALError)])
    expect(heard[2]).toMatchObject({ code: 'DATABASE_ERROR' })
  })

  test('a live query keeps its rows, and ends', async () => {
    const { transport, client } = setup(() => true)
    const seen: unknown[] = []
    const stop = client.notes.live({ filter: { text: 'a' } }, (rows) => seen.push(rows))
    await client.notes.count()
    transport.emit({
      type: 'live',
      subscription: 1,
      whole: { fields: ['id', 'text'], values: ['1', 'a'] },
      key: ['id'],
    })
    stop()
    await client.notes.count()
    expect(seen).toEqual([[{ id: '1', text: 'a' }]])
    expect(transport.calls).toEqual([
      ['live.open', 'Note', { filter: { text: 'a' } }, 1],
      ['count', 'Note'],
      ['live.close', 1],
      ['count', 'Note'],
    ])
  })

  test('a live query that is refused tells its own listener, else the client', async () => {
    const { client } = setup(({ method }) =>
      method === 'live.open' ? new DBALError('FORBIDDEN', 'no') : null,
    )
    const own: unknown[] = []
    const general: unknown[] = []
    client.on('error', (error) => general.push(error.code))
    client.notes.live(
      {},
      () => {},
      (error) => own.push(error.code),
    )
    client.notes.live({}, () => {})
    await client.notes.count()
    await Promise.resolve()
    expect([own, general]).toEqual([['FORBIDDEN'], ['FORBIDDEN']])
  })
})

describe('its life', () => {
  test('ready says what was reached; calls made before it wait', async () => {
    const { transport, client } = setup(() => 3)
    const early = client.notes.count()
    expect(transport.frames).toEqual([])
    expect(await client.ready).toEqual({ persistence: 'opfs', role: 'leader', rung: 'asset', version: 2 })
    expect(await early).toBe(3)
  })

  test('a database that cannot be opened rejects ready and every call with the reason', async () => {
    const transport = new FakeTransport()
    transport.openError = new DBALError('DATABASE_ERROR', 'The worker did not load', { reason: 'worker' })
    const client = new DBALClient({ schema, transport })
    const heard: unknown[] = []
    client.on('error', (error) => heard.push(error))
    expect(await errorOf(client.notes.count())).toBe(transport.openError)
    expect(await errorOf(client.ready)).toBe(transport.openError)
    expect(heard).toEqual([transport.openError])
  })

  test('a connection that is lost for good ends live queries and tells why, once each', async () => {
    const { transport, client } = setup(() => true)
    const heard: unknown[] = []
    const ended: unknown[] = []
    client.on('error', (error) => heard.push(error.code))
    client.notes.live(
      {},
      () => {},
      (error) => ended.push(error.code),
    )
    await client.notes.count()
    transport.openError = new DBALError('CONFLICT', 'A newer version of the app has the database')
    transport.emit({ type: 'connection', state: 'lost' })
    await client.notes.count().catch((error: DBALError) => heard.push(`call: ${error.code}`))
    expect(heard).toEqual(['CONFLICT', 'call: CONFLICT'])
    expect(ended).toEqual(['CONFLICT'])
  })

  test('closing waits for calls under way; later ones are refused; twice is once', async () => {
    const { transport, client } = setup(() => 3)
    const call = client.notes.count()
    await Promise.all([client.close(), client.close()])
    expect(await call).toBe(3)
    expect(transport.closed).toBe(1)
    expect(await errorOf(client.notes.count())).toMatchObject({
      code: 'DATABASE_ERROR',
      message: 'This client was closed; make a new one',
    })
  })

  test('wrong options are refused at construction', () => {
    expect(() => new DBALClient({ timeout: -1 })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  })
})

describe('getDBALClient', () => {
  test('gives one client for each identity, and another after it was closed', async () => {
    using worker = replaceWorker()
    const ann = { id: 'a', role: 'admin' } as const
    const client = getDBALClient(ann, 's1')
    expect(getDBALClient({ ...ann }, 's1')).toBe(client)
    const others = [
      getDBALClient(),
      getDBALClient({ ...ann, role: 'user' }, 's1'),
      getDBALClient(ann, 's2'),
      getDBALClient({ id: 'b', role: 'admin' }, 's1'),
    ]
    expect(new Set([client, ...others]).size).toBe(5)
    expect(worker.made.map(({ config }) => config.auth)).toEqual([
      { id: 'a', role: 'admin', session: 's1' },
      null,
      { id: 'a', role: 'user', session: 's1' },
      { id: 'a', role: 'admin', session: 's2' },
      { id: 'b', role: 'admin', session: 's1' },
    ])
    await client.close()
    expect(getDBALClient(ann, 's1')).not.toBe(client)
  })
})

describe('openFile', () => {
  const found: Schema = defineSchema({ Track: { fields: { id: f.integer({ primary: true }) } } })
  const answer: Answer = ({ method }) => (method === 'database.schema' ? found : 7)

  test('opens a copy of the file with the schema that was found in it', async () => {
    using worker = replaceWorker(answer)
    const client = await DBALClient.openFile(Uint8Array.of(1, 2, 3), { name: 'music' })
    expect(worker.made[0]?.config).toMatchObject({
      schema: null,
      auth: null,
      file: Uint8Array.of(1, 2, 3),
      database: { name: 'music', persistence: 'preferred' },
    })
    expect(client.schema).toEqual(found)
    expect(await client.entity('Track').count()).toBe(7)
    expect((client as unknown as { tracks: unknown }).tracks).toBe(client.entity('Track'))
  })

  test('a file that cannot be opened leaves nothing open', async () => {
    using worker = replaceWorker(() => new DBALError('VALIDATION_ERROR', 'file: is not an SQLite database'))
    expect(await errorOf(DBALClient.openFile(new Blob(['x'])))).toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(worker.made[0]?.transport.closed).toBe(1)
  })

  test('introspect gives the schema and closes', async () => {
    using worker = replaceWorker(answer)
    expect(await introspect(Uint8Array.of(1).buffer)).toEqual(found)
    expect(worker.made[0]?.config.database.persistence).toBe('memory')
    expect(worker.made[0]?.transport.closed).toBe(1)
  })

  test('an entity whose accessor is a member of the client is reached by its name', async () => {
    const data = structuredClone(found)
    using _worker = replaceWorker(({ method }) =>
      method === 'database.schema'
        ? { ...data, entities: { Track: { ...data.entities['Track'], accessor: 'close' } } }
        : 7,
    )
    const client = await DBALClient.openFile(Uint8Array.of(1))
    expect(await client.entity('Track').count()).toBe(7)
    await client.close()
  })
})
