import { expect, test } from 'vitest'
import { ada, openShelter, rex } from './shelter.ts'

const opened = openShelter()
const petNames = async () =>
  (await opened.db.selectFrom('pet').select('name').orderBy('name').execute()).map(({ name }) => name)

test('what a transaction does is there when it is done', async () => {
  const row = await opened.db.transaction().execute(async (trx) => {
    const made = await trx
      .insertInto('person')
      .values({ first_name: 'Eli' })
      .returning('id')
      .executeTakeFirstOrThrow()
    return trx
      .insertInto('pet')
      .values({ name: 'Uma', species: 'cat', owner_id: made.id })
      .returning(['name', 'owner_id'])
      .executeTakeFirstOrThrow()
  })
  expect(row.name).toBe('Uma')
  expect(await petNames()).toEqual(['Mia', 'Rex', 'Tom', 'Uma'])
})

test('an error undoes all of it, and is thrown again', async () => {
  const failing = opened.db.transaction().execute(async (trx) => {
    await trx.deleteFrom('pet').where('id', '=', rex).execute()
    expect(await trx.selectFrom('pet').select('id').execute()).toHaveLength(2)
    throw new Error('enough')
  })
  await expect(failing).rejects.toThrow('enough')
  expect(await petNames()).toEqual(['Mia', 'Rex', 'Tom'])
})

test('a refused query leaves the rest of the transaction as it is', async () => {
  await opened.db.transaction().execute(async (trx) => {
    await trx.insertInto('pet').values({ name: 'Uma', species: 'cat' }).execute()
    await expect(
      trx.insertInto('pet').values({ name: 'Rex', species: 'cat' }).execute(),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })
  expect(await petNames()).toContain('Uma')
})

test('commit and rollback by hand, with savepoints', async () => {
  const { db } = opened
  const trx = await db.startTransaction().execute()
  await trx.insertInto('pet').values({ name: 'Uma', species: 'cat' }).execute()
  const after = await trx.savepoint('uma').execute()
  await after.insertInto('pet').values({ name: 'Vic', species: 'cat' }).execute()
  await after.rollbackToSavepoint('uma').execute()
  await after.releaseSavepoint('uma').execute()
  await trx.commit().execute()
  expect(await petNames()).toEqual(['Mia', 'Rex', 'Tom', 'Uma'])

  const other = await db.startTransaction().execute()
  await other.deleteFrom('pet').execute()
  await other.rollback().execute()
  expect(await petNames()).toHaveLength(4)
})

test('two at once run one after the other, each whole', async () => {
  const { db } = opened
  const older = () =>
    db.transaction().execute(async (trx) => {
      const { age } = await trx
        .selectFrom('person')
        .select('age')
        .where('id', '=', ada)
        .executeTakeFirstOrThrow()
      await trx
        .updateTable('person')
        .set({ age: (age ?? 0) + 1 })
        .where('id', '=', ada)
        .execute()
    })
  await Promise.all([older(), older(), older()])
  const { age } = await db.selectFrom('person').select('age').where('id', '=', ada).executeTakeFirstOrThrow()
  expect(age).toBe(64)
})

test('an isolation level may be asked for, a read-only transaction not', async () => {
  const { db } = opened
  const count = db
    .transaction()
    .setIsolationLevel('serializable')
    .execute((trx) => trx.selectFrom('pet').select('id').execute())
  expect(await count).toHaveLength(3)
  const readOnly = db
    .transaction()
    .setAccessMode('read only')
    .execute(async () => {})
  await expect(readOnly).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
})
