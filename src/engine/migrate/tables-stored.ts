/** The tables of a schema without migrations, as they were noted when they were last changed. */

import type { Tables } from '../../schema/migration.ts'
import type { History } from './history.ts'

export function storedTables({ tables }: History): Tables {
  return tables === null ? {} : (JSON.parse(tables) as Tables)
}
