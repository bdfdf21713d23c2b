/** A database in the files of the origin (OPFS). */

import { type Driver, DriverError } from '../src/drivers/driver.ts'
import { openSqliteWasm } from '../src/drivers/sqlite-wasm.ts'
import { DBALError } from '../src/protocol/error.ts'
import { type StorageRequest, StorageUnavailable } from './storage-request.ts'

const folder = '.dbal'

/** Codes of the driver for a browser that has the file system but not the access handles, or forbids them. */
const refusals: readonly unknown[] = ['NotSupportedError', 'SecurityError', 'NotAllowedError', 'TypeError']

/**
 * @throws StorageUnavailable where there are no such files
 * @throws DriverError where there are, but they do not open
 */
export async function openOpfs(request: StorageRequest): Promise<Driver> {
  const { sqlite3, name, durability, cacheStatements, file } = request
  const parent = await databasesFolder()
  // A folder's name cannot hold every character.
  const directory = encodeURIComponent(name)
  const isNew = !(await holds(parent, directory))
  if (file && !isNew) {
    throw new DBALError(
      'CONFLICT',
      `There is a database "${name}" already; open the file under another name`,
      {
        reason: 'the name is taken',
      },
    )
  }
  try {
    return await openSqliteWasm({
      sqlite3,
      storage: { kind: 'opfs', directory: `${folder}/${directory}` },
      durability,
      ...(cacheStatements && { cacheStatements }),
      ...(file && { importFile: file }),
    })
  } catch (error) {
    // What a refused file left behind would take its name.
    if (file) await parent.removeEntry(directory, { recursive: true }).catch(() => undefined)
    if (error instanceof DriverError && error.kind === 'cantOpen' && refusals.includes(error.code)) {
      throw new StorageUnavailable(`this browser does not open files for a worker (${error.code})`, {
        cause: error,
      })
    }
    throw error
  }
}

async function databasesFolder(): Promise<FileSystemDirectoryHandle> {
  const { storage } = navigator as { storage?: StorageManager }
  if (!storage?.getDirectory) {
    throw new StorageUnavailable(
      isSecureContext
        ? 'this browser has no file system for the origin'
        : 'the page was not loaded over https or from localhost',
    )
  }
  try {
    const root = await storage.getDirectory()
    return await root.getDirectoryHandle(folder, { create: true })
  } catch (error) {
    // Firefox refuses it in private windows, Safari too; both refuse it under some settings of cookies.
    const { name, message } = error as DOMException
    throw new StorageUnavailable(`the browser refuses file storage here (${name}: ${message})`, {
      cause: error,
    })
  }
}

async function holds(parent: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await parent.getDirectoryHandle(name)
    return true
  } catch {
    return false
  }
}
