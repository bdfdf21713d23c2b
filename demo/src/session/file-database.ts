import { DBALClient } from '@metabuilder/dbal'
import type { StudioClient } from './studio-client.ts'

/** A SQLite file that the visitor opened: a copy of it, in memory, until the page is left. */
export interface FileDatabase {
  readonly name: string
  readonly sizeBytes: number
  readonly openedInMs: number
  /** Of the opener, who may do everything with the copy. */
  readonly client: StudioClient
}

export async function openDatabaseFile(file: File): Promise<FileDatabase> {
  const startedAt = performance.now()
  const client = await DBALClient.openFile(file)
  return { name: file.name, sizeBytes: file.size, openedInMs: performance.now() - startedAt, client }
}
