/** Schemas of a PostgreSQL, each emptied between its cases. */

import type { Driver, Statement } from '../../src/drivers/driver.ts'
import type { TestPostgres } from './postgres.ts'
import { ReusedDatabases } from './reused-databases.ts'

export const postgresSchemas = (server: TestPostgres): ReusedDatabases =>
  new ReusedDatabases(async () => {
    const driver = await server.open({ poolSize: 4 })
    return { driver, empty: () => empty(driver) }
  })

const emptying: Statement = {
  sql: `do $$ declare
    name text;
  begin
    -- So that neither foreign keys nor the triggers of the audit log have a say.
    set local session_replication_role = replica;
    for name in select tablename from pg_tables where schemaname = current_schema()
      and tablename not in ('_dbal_meta', '_dbal_migrations') loop
      execute format('delete from %I', name);
    end loop;
  end $$`,
  columns: [],
}
const readHistory: Statement = {
  sql: 'select string_agg(checksum, \',\' order by version) from main."_dbal_migrations"',
  columns: ['text'],
}

async function empty(driver: Driver): Promise<string | undefined> {
  const connection = await driver.acquire()
  try {
    await connection.execute(emptying, [], 0)
    return (await connection.execute(readHistory, [], 0)).values[0] as string
  } catch {
    return undefined
  } finally {
    connection.release()
  }
}
