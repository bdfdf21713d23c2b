/** `explain()` of a select: for whom, what it gives, and that nothing else has one. */

import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { DBALClient } from '../../src/client/client.ts'
import { toKysely } from '../../src/kysely/index.ts'
import type { Role } from '../../src/protocol/principal.ts'
import { LocalTransport } from '../../src/transport/local.ts'
import { openTestEngine, principalOf, type TestEngine } from '../support/engine.ts'

const opened: TestEngine[] = []
afterEach(async () => {
  for (const { engine } of opened.splice(0)) await engine.close()
})

async function open(role: Role, explain = true) {
  const made = await openTestEngine({ explain })
  opened.push(made)
  const { engine } = made
  const transport = new LocalTransport({
    connect: async (emit) =>
      engine.connect({ principal: principalOf(role), clientId: crypto.randomUUID(), emit }),
  })
  const client = new DBALClient({ transport })
  return { client, db: toKysely(client) }
}

describe('explain of Kysely', () => {
  it('gives the steps of a select, with their parents', async () => {
    const { db } = await open('god')
    const steps = await db
      .selectFrom('PageConfig')
      .innerJoin('ComponentNode', 'ComponentNode.pageId', 'PageConfig.id')
      .select('slug')
      .where('slug', '=', 'a')
      .orderBy('ComponentNode.order')
      .explain()
    expect(steps.length).toBeGreaterThan(1)
    for (const step of steps)
      expect(step).toEqual({ id: expect.any(Number), parent: expect.any(Number), detail: expect.any(String) })
  })

  it('goes on inside of a transaction', async () => {
    const { db } = await open('supergod')
    const steps = await db.transaction().execute((trx) => trx.selectFrom('User').select('id').explain())
    expect(steps).toHaveLength(1)
  })

  it('is for god and supergod, where the host tells plans', async () => {
    const { db } = await open('admin')
    await expect(db.selectFrom('User').select('id').explain()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { db: other } = await open('god', false)
    await expect(other.selectFrom('User').select('id').explain()).rejects.toMatchObject({
      code: 'CAPABILITY_NOT_SUPPORTED',
    })
  })

  it('has the rules of the select', async () => {
    const { db } = await open('god')
    await expect(
      db
        .selectFrom('Session' as 'User')
        .selectAll()
        .explain(),
    ).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })

  it('carries out no write and takes no format', async () => {
    const { client, db } = await open('god')
    await client.pageConfigs.create({ slug: 'a', title: 'a', level: 1 })
    const refused = { code: 'CAPABILITY_NOT_SUPPORTED' }
    await expect(db.deleteFrom('PageConfig').explain()).rejects.toMatchObject(refused)
    await expect(db.updateTable('PageConfig').set({ title: 'b' }).explain()).rejects.toMatchObject(refused)
    await expect(db.selectFrom('User').selectAll().explain('json')).rejects.toMatchObject(refused)
    await expect(db.selectFrom('User').selectAll().explain(undefined, sql`query plan`)).rejects.toMatchObject(
      refused,
    )
    expect(await client.pageConfigs.list({})).toMatchObject({ data: [{ title: 'a' }] })
  })
})
