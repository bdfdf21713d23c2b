/**
 * The migrations of the built-in schema, in order. A released one is never changed, because databases know it by its
 * checksum; a change of the schema is a new file here.
 */

import type { Migration } from '../src/schema/migration.ts'
import { initial } from './0001-initial.ts'

export const metabuilderMigrations: readonly Migration[] = [initial]
