/** A MariaDB for tests. Where there is no server, tests that need one say so and are left out. */

import { installedMariaDb, noMariaDb as reason } from '../../scripts/mariadb.ts'
import { startServer, type TestMysqlServer } from './mysql-server.ts'

export type TestMariaDb = TestMysqlServer

const programs = installedMariaDb()

/** Why there can be no MariaDB here; undefined where there can. Said once by each file that asks. */
export const noMariaDb: string | undefined = programs ? undefined : reason
if (noMariaDb !== undefined) console.warn(noMariaDb)

/** @param options `isDurable`: every commit is flushed */
export async function startMariaDb(options: { readonly isDurable?: boolean } = {}): Promise<TestMariaDb> {
  if (!programs) throw new Error(noMariaDb)
  return await startServer(
    {
      title: 'MariaDB',
      server: programs.server,
      install: ({ data, temporary }) => ({
        program: programs.install,
        args: [
          `--datadir=${data}`,
          `--tmpdir=${temporary}`,
          '--auth-root-authentication-method=normal',
          '--skip-test-db',
          '--skip-name-resolve',
        ],
      }),
      args: ['--innodb-log-file-size=32M', '--skip-name-resolve'],
      hasty: ['--debug-no-sync'],
    },
    options,
  )
}
