/** Trees as Kysely builds them, of queries over any tables. */

import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: tables and columns of any name
type AnyKysely = Kysely<any>

const db: AnyKysely = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new SqliteIntrospector(of),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

export const treeOf = (build: (db: AnyKysely) => { toOperationNode(): object }): object =>
  build(db).toOperationNode()
