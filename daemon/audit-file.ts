/**
 * A copy of the audit log as lines of JSON, for those who collect logs. The table stays the source: the file follows it by
 * the numbers of the entries, so that a crash of either leaves no entry out and none twice.
 */

import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import type { System } from './system.ts'

export interface AuditFileOptions {
  readonly system: System
  readonly path: string
  /** When it has so many bytes, it becomes `<path>.1`, that one `.2` and so on. */
  readonly maxBytes: number
  /** How many of the older files are kept. */
  readonly keep: number
}

interface Exported {
  readonly lines: readonly string[]
}

const pageSize = 500
/** The end of a file is looked for in pieces of so many bytes. */
const stepBytes = 262_144
const lineFeed = 0x0a

export class AuditFile {
  readonly #options: AuditFileOptions
  /** Number of the last entry that is in the file. */
  #last: number
  #following: Promise<void> | null = null

  /** @throws Error of the file system, or when the file holds something else */
  static async open(options: AuditFileOptions): Promise<AuditFile> {
    const { path } = options
    const last = (await lastSeq(path)) ?? (await lastSeq(`${path}.1`)) ?? 0
    return new AuditFile(options, last)
  }

  private constructor(options: AuditFileOptions, last: number) {
    this.#options = options
    this.#last = last
  }

  /** Writes what has come since. Calls at the same time share the work. */
  follow(): Promise<void> {
    this.#following ??= this.#write().finally(() => {
      this.#following = null
    })
    return this.#following
  }

  async #write(): Promise<void> {
    const { system, path, maxBytes } = this.#options
    for (;;) {
      const options = { after: this.#last, limit: pageSize }
      const { lines } = (await system.call('audit.export', [options])) as Exported
      if (lines.length === 0) return
      const file = await open(path, 'a', 0o600)
      let size: number
      try {
        await file.appendFile(`${lines.join('\n')}\n`)
        await file.datasync()
        size = (await file.stat()).size
      } finally {
        await file.close()
      }
      this.#last = seqOf(lines.at(-1) as string)
      if (size >= maxBytes) await this.#rotate()
    }
  }

  async #rotate(): Promise<void> {
    const { path, keep } = this.#options
    await rm(`${path}.${keep}`, { force: true })
    for (let at = keep - 1; at >= 1; at--) {
      if (await exists(`${path}.${at}`)) await rename(`${path}.${at}`, `${path}.${at + 1}`)
    }
    await rename(path, `${path}.1`)
  }
}

function seqOf(line: string): number {
  const { seq } = JSON.parse(line) as { seq?: unknown }
  if (typeof seq !== 'number') throw new TypeError('The audit file holds a line that is no entry')
  return seq
}

/** Of the last whole line; what a crash left of another one after it is cut off. Undefined for no file, or an empty one. */
async function lastSeq(path: string): Promise<number | undefined> {
  if (!(await exists(path))) return undefined
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    const end = await behindLineFeed(file, size)
    if (end < size) await file.truncate(end)
    if (end === 0) return undefined
    const start = await behindLineFeed(file, end - 1)
    return seqOf((await readBytes(file, start, end)).toString('utf8'))
  } finally {
    await file.close()
  }
}

/** The place behind the last line feed before `end`: a line is as long as the values that it tells of. */
async function behindLineFeed(file: FileHandle, end: number): Promise<number> {
  for (let at = end; at > 0; at -= stepBytes) {
    const start = Math.max(at - stepBytes, 0)
    const found = (await readBytes(file, start, at)).lastIndexOf(lineFeed)
    if (found >= 0) return start + found + 1
  }
  return 0
}

async function readBytes(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(end - start), position: start })
  return buffer
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
