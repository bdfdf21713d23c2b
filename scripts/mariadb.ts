/**
 * Finds the MariaDB for the tests, else installs Debian's where that is allowed. Only the programs: no service is set up
 * and none is started. Says in one line what to do when there is none; the tests on it are then left out.
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installFromDebian } from './debian.ts'

export interface MariaDb {
  readonly server: string
  /** Makes the folder of a new server. */
  readonly install: string
}

export const noMariaDb =
  'Tests on MariaDB are left out: there is no mariadbd here (Debian: apt-get install mariadb-server-core mariadb-client-core)'

/** The installed programs. */
export function installedMariaDb(): MariaDb | undefined {
  const [server, install] = ['mariadbd', 'mariadb-install-db'].map(find)
  return server && install ? { server, install } : undefined
}

function find(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  if (!installedMariaDb()) installFromDebian('mariadb-server-core', 'mariadb-client-core')
  console.log(installedMariaDb()?.server ?? noMariaDb)
}
