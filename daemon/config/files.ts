/** Files that the configuration names. What is wrong with one is told by its key: a value is in no message. */

import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { ConfigError } from './read.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EACCES: 'the daemon’s user has no right to it',
  EPERM: 'the daemon’s user has no right to it',
  EISDIR: 'is a folder',
  EROFS: 'is on a file system that cannot be written',
}

/**
 * @param key `server.tls.cert_file`
 * @throws ConfigError for a file that cannot be read
 */
export async function readNamed(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new ConfigError([problemOf(key, path, error)])
  }
}

/** @param error of the file system's */
export function problemOf(key: string, path: string, error: unknown): string {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') throw error
  const from = isAbsolute(path) ? '' : `; the path is seen from ${process.cwd()}`
  return `${key}: ${words[code] ?? code}${from}`
}
