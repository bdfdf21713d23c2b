/** Databases of a MariaDB or a MySQL, each emptied between its cases: by one message to the server. */

import mysql from 'mysql2/promise'
import type { TestMysqlServer } from './mysql-server.ts'
import { ReusedDatabases } from './reused-databases.ts'

export function mysqlDatabases(server: TestMysqlServer): ReusedDatabases {
  const { host, port, user } = server.options
  let opened: Promise<mysql.Connection> | undefined
  const connect = () => {
    opened ??= mysql.createConnection({
      host,
      port,
      user,
      multipleStatements: true,
      rowsAsArray: true,
    } as object)
    return opened
  }
  return new ReusedDatabases(
    async () => {
      const database = server.freshName()
      const driver = await server.open({ poolSize: 4, database })
      let tables: readonly string[] | undefined
      return {
        driver,
        async empty() {
          const connection = await connect()
          const texts = (rows: unknown) =>
            (rows as readonly (readonly string[])[]).map(([text]) => text as string)
          try {
            await connection.query(`use ${database}`)
            tables ??= texts((await connection.query(readTables))[0])
            const [results] = await connection.query(
              [...emptying(tables), readHistory, readTables].join('; '),
            )
            const [history, stand] = (results as readonly unknown[]).slice(-2).map(texts)
            return JSON.stringify([history, stand])
          } catch {
            return undefined
          }
        },
      }
    },
    async () => void (await (await opened)?.end()),
  )
}

const own = ['_dbal_meta', '_dbal_migrations', '_dbal_turn']
const readTables = `select table_name from information_schema.tables where table_schema = database()
  and table_type = 'BASE TABLE' order by table_name`
const readHistory = 'select checksum from _dbal_migrations order by version'

const emptying = (tables: readonly string[]): readonly string[] => [
  'set foreign_key_checks = 0',
  ...tables
    .filter((name) => !own.includes(name))
    // Deleting is quicker than truncating, but the log's triggers refuse it.
    .map((name) => (name === '_dbal_audit' ? 'truncate table _dbal_audit' : `delete from \`${name}\``)),
  'set foreign_key_checks = 1',
]
