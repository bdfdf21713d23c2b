/**
 * Finds the MySQL for the tests on it: the program that DBAL_MYSQLD names, else `mysqld` on the PATH, where that is MySQL
 * and not MariaDB. None is installed: what is left out without one is said in one line.
 */

import { spawnSync } from 'node:child_process'
import { runSteps } from './run-steps.ts'

export const noMysql =
  'Tests on MySQL are left out: there is no mysqld of MySQL here (DBAL_MYSQLD may name the program)'

/** @returns the program of the server */
export function installedMysql(): string | undefined {
  const program = process.env['DBAL_MYSQLD'] || 'mysqld'
  const { stdout, status } = spawnSync(program, ['--no-defaults', '--version'], { encoding: 'utf8' })
  return status === 0 && !/mariadb/i.test(stdout) ? program : undefined
}

/** `npm run test:mysql`: the conformance suite and all that is tested for each server, on MySQL. */
if (import.meta.main) {
  if (installedMysql())
    process.exitCode = runSteps([
      {
        name: 'MySQL',
        command: ['vitest', 'run', '--config', 'vitest.mysql.config.ts', ...process.argv.slice(2)],
      },
    ])
  else console.log(noMysql)
}
