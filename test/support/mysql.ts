/** A MySQL for tests; `npm run test:mysql` alone asks for it. */

import { installedMysql, noMysql as reason } from '../../scripts/mysql.ts'
import { startServer, type TestMysqlServer } from './mysql-server.ts'

const program = installedMysql()

/** Why there can be no MySQL here; undefined where there can. */
export const noMysql: string | undefined = program ? undefined : reason

/**
 * @param options `isDurable`: every commit is flushed; `more`: arguments for the server
 */
export async function startMysql({
  more = [],
  ...options
}: {
  readonly isDurable?: boolean
  readonly more?: readonly string[]
} = {}): Promise<TestMysqlServer> {
  if (!program) throw new Error(noMysql)
  return await startServer(
    {
      title: 'MySQL',
      server: program,
      install: ({ data }) => ({ program, args: ['--initialize-insecure', `--datadir=${data}`] }),
      args: [...more, '--innodb-redo-log-capacity=32M', '--mysqlx=OFF', '--performance-schema=OFF'],
    },
    options,
  )
}
