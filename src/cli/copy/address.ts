/** What --from and --to may say, and what of it may be shown: a password is in no line that is printed. */

import { resolve } from 'node:path'
import type { DialectName, Driver } from '../../drivers/driver.ts'
import { DriverError } from '../../drivers/driver.ts'
import { UsageError } from '../command.ts'

export interface Address {
  readonly dialect: DialectName
  /** A path, or a URL with all that is in it. */
  readonly place: string
  /** The same without secrets. */
  readonly shown: string
}

const schemes: Readonly<Record<string, DialectName>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
}

/**
 * @param text a path, `file:` and a path, a URL, or `env:NAME` where the environment has one of these
 * @throws UsageError, which repeats nothing of a URL
 */
export function readAddress(text: string, option: string, folder: string): Address {
  const variable = /^env:(\w+)$/.exec(text)?.[1]
  if (variable !== undefined) {
    const found = process.env[variable]
    if (!found) throw new UsageError(`${option}: there is no variable ${variable} in the environment`)
    return readAddress(found, option, folder)
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'file') {
    const path = scheme === 'file' ? text.slice('file:'.length).replace(/^\/\/(?=\/)/, '') : text
    if (path === '' || path.includes('\0')) throw new UsageError(`${option} must name a file or a database`)
    const place = resolve(folder, path)
    return { dialect: 'sqlite', place, shown: printable(place) }
  }
  const dialect = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
  if (!dialect) {
    throw new UsageError(
      `${option}: ${scheme} is no kind of database that can be copied; give a file, postgres://…, mysql://… or mariadb://…`,
    )
  }
  return { dialect, place: text, shown: shownUrl(text, option) }
}

function shownUrl(text: string, option: string): string {
  try {
    const { protocol, username, host, pathname, searchParams } = new URL(text)
    const schema = searchParams.get('schema')
    return printable(
      `${protocol}//${username && `${username}@`}${host}${pathname}${schema === null ? '' : `?schema=${schema}`}`,
    )
  } catch {
    // What the parser says of it would repeat it, and with it the password.
    throw new UsageError(`${option} is no URL of a database: postgres://user:password@host:5432/name`)
  }
}

/** What a terminal would act on is shown as an escape. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** A message of a database, which may repeat how it was addressed. */
export function withoutSecrets(message: string, { dialect, place, shown }: Address): string {
  if (dialect === 'sqlite') return printable(message)
  const { password, search } = new URL(place)
  let clean = message.replaceAll(place, shown)
  for (const secret of [password, decodeURIComponent(password), search])
    if (secret !== '') clean = clean.replaceAll(secret, '***')
  return printable(clean)
}

/**
 * @param use `read` writes nothing
 * @throws UsageError when it cannot be opened
 */
export async function openAddress(address: Address, use: 'read' | 'write'): Promise<Driver> {
  try {
    return await openers[address.dialect](address.place, use)
  } catch (error) {
    if (error instanceof DriverError)
      throw new UsageError(`${address.shown} cannot be opened: ${withoutSecrets(error.message, address)}`, {
        cause: error,
      })
    throw error
  }
}

/** A driver's package is the app's to install. */
function missing(name: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(`The package ${name} is not installed: npm install ${name}`)
  }
}

const openers: Readonly<
  Record<DialectName, (place: string, use: 'read' | 'write') => Driver | Promise<Driver>>
> = {
  // Drivers are loaded only here, so that the other commands run where one of them is not installed.
  async sqlite(path, use) {
    const { openNodeSqlite } = await import('../../drivers/node-sqlite.ts')
    return openNodeSqlite(path, { readOnly: use === 'read', busyTimeoutMs: 2_000 })
  },
  async postgres(text, use) {
    const { openPostgres } = await import('../../drivers/postgres.ts').catch(missing('pg'))
    const url = new URL(text)
    const schema = url.searchParams.get('schema')
    url.searchParams.delete('schema')
    return await openPostgres({
      url: url.href,
      poolSize: 2,
      create: use === 'write',
      ...(schema !== null && { schema }),
    })
  },
  async mysql(text, use) {
    const { openMysql } = await import('../../drivers/mysql.ts').catch(missing('mysql2'))
    const { searchParams } = new URL(text)
    const ssl = searchParams.get('ssl') ?? 'false'
    if (searchParams.size > (searchParams.has('ssl') ? 1 : 0) || !['true', 'false'].includes(ssl))
      throw new UsageError('Of the options of a URL of MySQL or MariaDB there is ssl alone: true or false')
    return await openMysql({ url: text, poolSize: 2, create: use === 'write', ssl: ssl === 'true' })
  },
}
