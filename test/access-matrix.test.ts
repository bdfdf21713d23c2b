/**
 * Every operation, on every entity, by every role, on rows of every kind: what the reference says, and what happens. The
 * table here is written from the reference (docs/reference/access.md), not taken from the schema's rules.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeSqliteWorld } from './conformance/node-worlds.ts'
import type { Endpoint, World } from './conformance/world.ts'

const roles = ['public', 'user', 'admin', 'god', 'supergod'] as const
type Role = (typeof roles)[number]
const levelOf = (role: Role) => roles.indexOf(role) + 1

type Right = 'create' | 'read' | 'update' | 'delete'
const all: readonly Right[] = ['create', 'read', 'update', 'delete']
const none: readonly Right[] = []

/** A kind of row, as far as a rule may care. */
interface Kind {
  readonly name: string
  /** The caller's own: their User row, or a row that names them as its maker. */
  readonly own?: true
  /** Of a User row that is not the caller's. */
  readonly role?: Exclude<Role, 'public'>
  readonly level?: number
  readonly isPublished?: boolean
}

interface EntityCells {
  readonly kinds: readonly Kind[]
  /** What the role may do with a row of the kind. */
  rights(role: Role, kind: Kind): readonly Right[]
}

const madeByOne: readonly Kind[] = [{ name: 'own row', own: true }, { name: 'row of another' }]
const anyRow: readonly Kind[] = [{ name: 'any row' }]
const forGods = (role: Role) => (role === 'god' || role === 'supergod' ? all : none)

const cells: { readonly [entity: string]: EntityCells } = {
  User: {
    kinds: [
      { name: 'own row', own: true },
      ...(['user', 'admin', 'god', 'supergod'] as const).map((role) => ({
        name: `row of another ${role}`,
        role,
      })),
    ],
    rights: (role, { own }) =>
      ({
        public: none,
        user: own ? (['read', 'update'] as const) : none,
        admin: own ? (['read', 'update'] as const) : all,
        god: all,
        supergod: all,
      })[role],
  },
  PageConfig: {
    kinds: [1, 2, 3, 4, 5].flatMap((level) => [
      { name: `published page of level ${level}`, level, isPublished: true },
      { name: `draft of level ${level}`, level, isPublished: false },
    ]),
    rights: (role, { level = 0, isPublished }) =>
      ({
        public: level <= 1 && isPublished ? (['read'] as const) : none,
        user: level <= 2 ? (['read'] as const) : none,
        admin: level <= 3 ? (['read'] as const) : none,
        god: all,
        supergod: all,
      })[role],
  },
  ComponentNode: { kinds: anyRow, rights: forGods },
  Workflow: { kinds: madeByOne, rights: forGods },
  LuaScript: { kinds: madeByOne, rights: forGods },
  InstalledPackage: { kinds: madeByOne, rights: (role) => (role === 'admin' ? ['read'] : forGods(role)) },
  Credential: { kinds: madeByOne, rights: () => none },
  Session: { kinds: madeByOne, rights: () => none },
}

type Outcome = 'allowed' | 'NOT_FOUND' | 'FORBIDDEN' | 'empty'

interface Operation {
  readonly needs: Right
  /** Of an operation that finds its rows: those out of reach are not there. */
  readonly finds?: true
  run(cell: Cell): Promise<unknown>
  /** The result when the row was out of reach. */
  readonly empty?: unknown
}

interface Cell {
  readonly caller: Endpoint
  readonly entity: string
  /** The id of a row of the kind. */
  readonly id: string
  /** A row of the kind that is not stored yet. */
  readonly fresh: Row
  readonly patch: Row
}

type Row = Readonly<Record<string, unknown>>

const call = ({ caller, entity }: Cell, method: string, ...params: readonly unknown[]) =>
  caller.call(`${entity}.${method}`, params)

/** The first rows of a live query, which then ends. */
async function watchOnce({ caller, entity, id }: Cell): Promise<unknown> {
  let stop = () => {}
  try {
    return await new Promise((resolve, reject) => {
      stop = caller.live(entity, { filter: { id } }, resolve, reject)
    })
  } finally {
    stop()
  }
}

const operations: { readonly [name: string]: Operation } = {
  create: { needs: 'create', run: (cell) => call(cell, 'create', cell.fresh) },
  createMany: { needs: 'create', run: (cell) => call(cell, 'createMany', [cell.fresh]) },
  'upsert of a new row': {
    needs: 'create',
    run: (cell) =>
      call(cell, 'upsert', { where: { id: crypto.randomUUID() }, create: cell.fresh, update: {} }),
  },
  'upsert of a row that is there': {
    needs: 'update',
    run: (cell) => call(cell, 'upsert', { where: { id: cell.id }, create: cell.fresh, update: cell.patch }),
  },
  read: { needs: 'read', run: (cell) => call(cell, 'read', cell.id) },
  list: {
    needs: 'read',
    finds: true,
    run: async (cell) =>
      ((await call(cell, 'list', { filter: { id: cell.id } })) as { data: unknown[] }).data,
    empty: [],
  },
  findFirst: {
    needs: 'read',
    finds: true,
    run: (cell) => call(cell, 'findFirst', { filter: { id: cell.id } }),
    empty: null,
  },
  count: { needs: 'read', finds: true, run: (cell) => call(cell, 'count', { id: cell.id }), empty: 0 },
  aggregate: {
    needs: 'read',
    finds: true,
    run: (cell) => call(cell, 'aggregate', { groupBy: ['id'], filter: { id: cell.id } }),
    empty: [],
  },
  live: {
    needs: 'read',
    finds: true,
    run: watchOnce,
    empty: [],
  },
  update: { needs: 'update', run: (cell) => call(cell, 'update', cell.id, cell.patch) },
  updateMany: {
    needs: 'update',
    finds: true,
    run: (cell) => call(cell, 'updateMany', { id: cell.id }, cell.patch),
    empty: { count: 0 },
  },
  delete: { needs: 'delete', run: (cell) => call(cell, 'delete', cell.id) },
  deleteMany: {
    needs: 'delete',
    finds: true,
    run: (cell) => call(cell, 'deleteMany', { id: cell.id }),
    empty: { count: 0 },
  },
}

/** The reference, put together: rules by role and row, then what nobody does to who outranks them. */
function expected(
  entity: string,
  role: Role,
  kind: Kind,
  name: string,
  { needs, finds }: Operation,
): Outcome {
  const { kinds, rights } = cells[entity] as EntityCells
  const hasRule = (right: Right) => kinds.some((one) => rights(role, one).includes(right))
  const isUpsert = name.startsWith('upsert')
  if (isUpsert && !hasRule('create')) return 'FORBIDDEN'
  if (!hasRule(needs)) return 'FORBIDDEN'
  const outranks = entity === 'User' && kind.role !== undefined && levelOf(kind.role) > levelOf(role)
  if (needs === 'create') return outranks ? 'FORBIDDEN' : 'allowed'
  const isSeen = rights(role, kind).includes('read')
  const isReached = rights(role, kind).includes(needs) && !(outranks && needs !== 'read')
  if (isReached) return 'allowed'
  if (finds) return 'empty'
  return isSeen ? 'FORBIDDEN' : 'NOT_FOUND'
}

let counter = 0

/** Rows to begin with, and rows to create: one maker each. */
function rowOf(entity: string, kind: Kind, self: string, scene: Scene): Row {
  const name = `row-${++counter}`
  const createdBy = kind.own ? self : scene.other
  switch (entity) {
    case 'User':
      return { username: name, email: `${name}@example.com`, role: kind.role ?? 'user' }
    case 'PageConfig':
      return { slug: name, title: name, level: kind.level, isPublished: kind.isPublished }
    case 'ComponentNode':
      return { pageId: scene.page, type: name }
    case 'Workflow':
      return { name, trigger: 'manual', steps: [], createdBy }
    case 'LuaScript':
      return { name, code: 'return 1', createdBy }
    case 'InstalledPackage':
      return { name, version: '1.0.0', author: 'somebody', manifest: {}, installedBy: createdBy }
    default:
      return {}
  }
}

const patches: { readonly [entity: string]: Row } = {
  User: { bio: 'changed' },
  PageConfig: { title: 'changed' },
  ComponentNode: { order: 7 },
  Workflow: { description: 'changed' },
  LuaScript: { description: 'changed' },
  InstalledPackage: { description: 'changed' },
}

interface Scene {
  readonly other: string
  readonly page: string
}

const isWrite = ({ needs }: Operation) => needs !== 'read'

describe.each(Object.keys(cells))('%s', (entity) => {
  const { kinds } = cells[entity] as EntityCells
  const isClosed = entity === 'Credential' || entity === 'Session'

  describe.each(roles)('%s', (role) => {
    let world: World
    let owner: Endpoint
    let scene: Scene

    beforeAll(async () => {
      world = await nodeSqliteWorld({})
      owner = world.connect({ id: crypto.randomUUID(), role: 'supergod' })
      const make = async (path: string, row: Row) => ((await owner.call(path, [row])) as { id: string }).id
      scene = {
        other: await make('User.create', { username: 'other', email: 'other@example.com' }),
        page: await make('PageConfig.create', { slug: 'page', title: 'Page', level: 1 }),
      }
    })
    afterAll(async () => {
      await owner.close()
      await world.close()
    })

    /** A caller who is a row of User, unless they are nobody. */
    async function enter(): Promise<{ self: string; caller: Endpoint }> {
      if (role === 'public') return { self: scene.other, caller: world.connect(null) }
      const username = `self-${++counter}`
      const row = { username, email: `${username}@example.com`, role }
      const { id } = (await owner.call('User.create', [row])) as { id: string }
      return { self: id, caller: world.connect({ id, role, username }) }
    }

    async function prepare(kind: Kind): Promise<Cell> {
      const { self, caller } = await enter()
      const fresh = rowOf(entity, kind, self, scene)
      const patch = patches[entity] ?? {}
      if (isClosed) return { caller, entity, id: crypto.randomUUID(), fresh, patch }
      if (entity === 'User' && kind.own && role !== 'public')
        return { caller, entity, id: self, fresh, patch }
      const { id } = (await owner.call(`${entity}.create`, [rowOf(entity, kind, self, scene)])) as {
        id: string
      }
      return { caller, entity, id, fresh, patch }
    }

    /** What is stored, as one who may see everything sees it. */
    const stored = async (id: string) =>
      isClosed
        ? ((await owner.call('stats', [])) as { rows: unknown }).rows
        : [
            await owner.call(`${entity}.findFirst`, [{ filter: { id } }]),
            await owner.call(`${entity}.count`, []),
          ]

    describe.each([...kinds])('$name', (kind) => {
      for (const [name, operation] of Object.entries(operations)) {
        const outcome = expected(entity, role, kind, name, operation)

        test(`${name}: ${outcome}`, async () => {
          const cell = await prepare(kind)
          const before = await stored(cell.id)
          const result = await operation.run(cell).then(
            (value) => ({ value }),
            (error: { code: string; details?: unknown }) => ({ code: error.code, details: error.details }),
          )
          if (outcome === 'FORBIDDEN')
            expect(result).toMatchObject({ code: 'FORBIDDEN', details: { entity } })
          else if (outcome === 'NOT_FOUND')
            expect(result).toEqual({ code: 'NOT_FOUND', details: { entity, id: cell.id } })
          else if (outcome === 'empty') expect(result).toEqual({ value: operation.empty })
          else {
            expect(result).toHaveProperty('value')
            if (operation.finds) expect(result).not.toEqual({ value: operation.empty })
          }
          const hasEffect = outcome === 'allowed' && isWrite(operation)
          const after = await stored(cell.id)
          if (hasEffect) expect(after).not.toEqual(before)
          else expect(after).toEqual(before)
          await cell.caller.close()
        })
      }
    })
  })
})

test('the table has every role, every operation of rows, and rows of each kind', () => {
  const tally = Object.entries(cells).map(([entity, { kinds }]) => [
    entity,
    kinds.length * roles.length * Object.keys(operations).length,
  ])
  expect(Object.fromEntries(tally)).toEqual({
    User: 350,
    PageConfig: 700,
    ComponentNode: 70,
    Workflow: 140,
    LuaScript: 140,
    InstalledPackage: 140,
    Credential: 140,
    Session: 140,
  })
})
