/** Debian's packages, where they may be installed. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Only as root on a Debian, where it asks nobody a question. @returns whether they are there now */
export function installFromDebian(...packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  console.error(`Installing ${packages.join(' and ')} from Debian …`)
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  const install = () => run('install', '-y', '-qq', '--no-install-recommends', ...packages)
  return install() || (run('update', '-qq') && install())
}
