import type { SchemaData } from '../schema/schema.ts'
import { DBALClient } from './client.ts'

/**
 * The schema of an SQLite file, read in a worker from a copy in memory.
 * @throws DBALError VALIDATION_ERROR when it is no SQLite file, DATABASE_ERROR when it is damaged
 */
export async function introspect(file: Blob | ArrayBuffer | Uint8Array): Promise<SchemaData> {
  const client = await DBALClient.openFile(file)
  await client.close()
  return client.schema
}
