import { describe, expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { defineSchema } from '../schema/define.ts'
import { f } from '../schema/fields.ts'
import { type ClientOptions, readFile, readFileOptions, readOptions } from './options.ts'

const builtin = defineSchema({ Note: { fields: { id: f.id(), text: f.text() } } })
const read = (options: unknown) => readOptions(options as ClientOptions<never>, builtin)

function refusal(options: unknown, reader: (options: never) => unknown = read) {
  try {
    reader(options as never)
  } catch (error) {
    if (error instanceof DBALError)
      return { code: error.code, issues: (error.details as { issues?: unknown }).issues }
    throw error
  }
  return 'accepted'
}

describe('defaults', () => {
  test('without options: a strict local database in its best storage, for nobody', () => {
    expect(read({})).toEqual({
      schema: builtin,
      database: { name: 'app', durability: 'strict', persistence: 'preferred' },
      security: { sandbox: 'strict', auditLog: true, rawSql: false },
      auth: null,
      timeoutMs: 30_000,
      limits: {},
    })
  })

  test('options that are undefined are options not given', () => {
    const options = {
      schema: undefined,
      database: { name: undefined },
      auth: { user: undefined, session: undefined },
    }
    expect(read(options)).toEqual(read({}))
  })

  test('what is given is kept', () => {
    const worker = () => ({}) as Worker
    const migrations = [{ version: 1, name: 'first', up: ['select 1'], down: [] }]
    const config = read({
      mode: 'development',
      adapter: 'sqlite-wasm',
      endpoint: 'wss://later.example',
      database: { name: 'shop', durability: 'relaxed', persistence: 'required', worker },
      security: { sandbox: 'permissive', auditLog: false },
      timeout: 500,
      limits: { maxManyRows: 5 },
      migrations,
    })
    expect(config).toMatchObject({
      database: { name: 'shop', durability: 'relaxed', persistence: 'required', worker },
      security: { sandbox: 'permissive', auditLog: false },
      timeoutMs: 500,
      limits: { maxManyRows: 5 },
      migrations,
    })
  })

  test('rules stand in place of those of the schema', () => {
    const rule = { roles: ['user'], operations: ['read'] }
    const { schema } = read({ rules: [{ entity: 'Note', ...rule }] })
    expect(schema.entities['Note']?.rules).toEqual([rule])
    expect(builtin.entities['Note']?.rules).toEqual([])
  })
})

describe('who is signed in', () => {
  test('a row of User will do: what is not asked for is not sent', () => {
    const user = { id: 'u1', role: 'admin', username: 'ann', email: null, bio: 'x', createdAt: '2026-01-01' }
    expect(read({ auth: { user, session: { id: 's1', token: 'secret' } } }).auth).toEqual({
      id: 'u1',
      role: 'admin',
      username: 'ann',
      session: 's1',
    })
  })

  test.each([
    { auth: { user: null, session: null } },
    { auth: {} },
    { auth: { user: { id: 'x', role: 'public' } } },
  ])('nobody: %j', (options) => {
    expect(read(options).auth).toBeNull()
  })
})

describe('a wrong option is refused by its name', () => {
  test.each([
    [{ databse: {} }, 'databse'],
    [{ mode: 'test' }, 'mode'],
    [{ mode: 'production' }, 'endpoint'],
    [{ auth: { refreshToken: 'r' } }, 'auth.onTokens'],
    [{ auth: { refreshToken: 'r', token: 't', onTokens: () => {} } }, 'auth.refreshToken'],
    [{ auth: { onTokens: 'me' } }, 'auth.onTokens'],
    [{ mode: 'production', endpoint: 'https://x.example' }, 'endpoint'],
    [{ mode: 'production', endpoint: 'x.example' }, 'endpoint'],
    [{ mode: 'production', endpoint: 'wss://me:secret@x.example' }, 'endpoint'],
    [
      { mode: 'production', endpoint: 'wss://x.example', auth: { user: { id: 'a', role: 'user' } } },
      'auth.user',
    ],
    [{ adapter: 'postgres' }, 'adapter'],
    [{ schema: 'metabuilder' }, 'schema'],
    [{ schema: { entities: 1 } }, 'schema'],
    [{ schema: null }, 'schema'],
    [{ rules: {} }, 'rules'],
    [{ migrations: 'all' }, 'migrations'],
    [{ database: 'app' }, 'database'],
    [{ database: null }, 'database'],

    [{ database: { path: '/x' } }, 'database.path'],
    [{ database: { name: '' } }, 'database.name'],
    [{ database: { name: '..' } }, 'database.name'],
    [{ database: { name: 'a/b' } }, 'database.name'],
    [{ database: { name: 'a\u0000' } }, 'database.name'],
    [{ database: { name: 'a'.repeat(101) } }, 'database.name'],
    [{ database: { durability: 'none' } }, 'database.durability'],
    [{ database: { persistence: 'opfs' } }, 'database.persistence'],
    [{ database: { worker: 'worker.js' } }, 'database.worker'],
    [{ auth: { user: { id: 'x', role: 'root' } } }, 'auth.user.role'],
    [{ auth: { user: { id: 'x', role: 'system' } } }, 'auth.user.role'],
    [{ auth: { user: { id: 'x' } } }, 'auth.user.role'],
    [{ auth: { user: { role: 'admin' } } }, 'auth.user.id'],
    [{ auth: { user: { id: 7, role: 'admin' } } }, 'auth.user.id'],
    [{ auth: { user: 'ann' } }, 'auth.user'],
    [{ auth: { user: { id: 'x', role: 'user' }, session: { token: 'x' } } }, 'auth.session'],
    [{ auth: { session: 7 } }, 'auth.session'],
    [{ auth: { token: 'x', user: { id: 'x', role: 'user' } } }, 'auth.token'],
    [{ auth: { token: 7 } }, 'auth.token'],
    [{ security: { sandbox: 'off' } }, 'security.sandbox'],
    [{ security: { auditLog: 'yes' } }, 'security.auditLog'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: '30s' }, 'timeout'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'timeout'],
    [{ timeout: 2 ** 31 }, 'timeout'],
    [{ limits: 7 }, 'limits'],
    [{ transport: 'local' }, 'transport'],
  ])('%j', (options, path) => {
    expect(refusal(options)).toMatchObject({
      code: 'VALIDATION_ERROR',
      issues: expect.arrayContaining([expect.objectContaining({ path })]),
    })
  })

  test('options that are no object', () => {
    for (const options of ['app', null, 7])
      expect(refusal(options)).toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  test('everything that is wrong is said at once', () => {
    expect(refusal({ mode: 'x', timeout: 0 })).toMatchObject({
      issues: [{ path: 'mode' }, { path: 'timeout' }],
    })
  })

  test('a rule over an entity that there is not', () => {
    expect(refusal({ rules: [{ entity: 'Nota', roles: ['user'], operations: ['read'] }] })).toMatchObject({
      issues: [{ path: 'rules[0].entity' }],
    })
  })

  test('production goes to its endpoint, as whom a token says', () => {
    const endpoint = 'wss://x.example/'
    expect(read({ mode: 'production', endpoint })).toMatchObject({ endpoint, auth: null })
    expect(read({ mode: 'production', endpoint, auth: { token: 't' } })).toMatchObject({
      endpoint,
      auth: { token: 't' },
    })
    expect(read({ endpoint })).not.toHaveProperty('endpoint')
  })
})

describe('options of openFile', () => {
  test('without a name the copy stays in memory', () => {
    expect(readFileOptions({})).toMatchObject({
      schema: null,
      auth: null,
      database: { persistence: 'memory' },
    })
  })

  test('with a name it is kept under it', () => {
    expect(readFileOptions({ name: 'shop' })).toMatchObject({
      database: { name: 'shop', persistence: 'preferred' },
    })
  })

  test.each([
    [{ name: 7 }, 'name'],
    [{ name: 'a/b' }, 'name'],
    [{ schema: builtin }, 'schema'],
    [{ auth: { user: { id: 'x', role: 'root' } } }, 'auth.user.role'],
  ])('%j is refused', (options, path) => {
    expect(refusal(options, readFileOptions)).toMatchObject({ code: 'VALIDATION_ERROR', issues: [{ path }] })
  })

  test('the bytes of a file are a copy', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const copies = await Promise.all([readFile(bytes), readFile(bytes.buffer), readFile(new Blob([bytes]))])
    bytes.fill(0)
    for (const copy of copies) expect([...copy]).toEqual([1, 2, 3])
    await expect(readFile('app.sqlite' as never)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})
