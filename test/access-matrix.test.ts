/**
 * Every operation, on every entity, by every role, on rows of every kind: what access-matrix.cells.ts says, and what
 * happens.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  cells,
  type EntityCells,
  expected,
  type Kind,
  type OperationKind,
  type OperationName,
  operationKinds,
  operationNames,
  roles,
} from './access-matrix.cells.ts'
import { nodeSqliteWorld } from './conformance/node-worlds.ts'
import type { Endpoint, World } from './conformance/world.ts'

interface Operation {
  run(cell: Cell): Promise<unknown>
  /** The result when no row was in reach. */
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

const operations: { readonly [Name in OperationName]: Operation } = {
  create: { run: (cell) => call(cell, 'create', cell.fresh) },
  createMany: { run: (cell) => call(cell, 'createMany', [cell.fresh]) },
  'upsert of a new row': {
    run: (cell) =>
      call(cell, 'upsert', { where: { id: crypto.randomUUID() }, create: cell.fresh, update: {} }),
  },
  'upsert of a row that is there': {
    run: (cell) => call(cell, 'upsert', { where: { id: cell.id }, create: cell.fresh, update: cell.patch }),
  },
  read: { run: (cell) => call(cell, 'read', cell.id) },
  list: {
    run: async (cell) =>
      ((await call(cell, 'list', { filter: { id: cell.id } })) as { data: unknown[] }).data,
    empty: [],
  },
  findFirst: {
    run: (cell) => call(cell, 'findFirst', { filter: { id: cell.id } }),
    empty: null,
  },
  count: { run: (cell) => call(cell, 'count', { id: cell.id }), empty: 0 },
  aggregate: {
    run: (cell) => call(cell, 'aggregate', { groupBy: ['id'], filter: { id: cell.id } }),
    empty: [],
  },
  live: {
    run: watchOnce,
    empty: [],
  },
  update: { run: (cell) => call(cell, 'update', cell.id, cell.patch) },
  updateMany: {
    run: (cell) => call(cell, 'updateMany', { id: cell.id }, cell.patch),
    empty: { count: 0 },
  },
  delete: { run: (cell) => call(cell, 'delete', cell.id) },
  deleteMany: {
    run: (cell) => call(cell, 'deleteMany', { id: cell.id }),
    empty: { count: 0 },
  },
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
      for (const name of operationNames) {
        const operation = operations[name]
        const { needs, finds }: OperationKind = operationKinds[name]
        const outcome = expected(entity, role, kind, name)

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
            if (finds) expect(result).not.toEqual({ value: operation.empty })
          }
          const hasEffect = outcome === 'allowed' && needs !== 'read'
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
    kinds.length * roles.length * operationNames.length,
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
