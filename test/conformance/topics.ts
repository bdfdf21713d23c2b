/** Every topic, in the order of the reference. */

import type { Topic } from './case.ts'
import { access } from './topics/access.ts'
import { aggregates } from './topics/aggregates.ts'
import { audit } from './topics/audit.ts'
import { batch } from './topics/batch.ts'
import { componentTree } from './topics/component-tree.ts'
import { constraints } from './topics/constraints.ts'
import { createReadUpdateDelete } from './topics/create-read-update-delete.ts'
import { credentials } from './topics/credentials.ts'
import { database } from './topics/database.ts'
import { escalation } from './topics/escalation.ts'
import { fields } from './topics/fields.ts'
import { filters } from './topics/filters.ts'
import { hostile } from './topics/hostile.ts'
import { kysely } from './topics/kysely.ts'
import { lists } from './topics/lists.ts'
import { live } from './topics/live.ts'
import { liveKysely } from './topics/live-kysely.ts'
import { luaScan } from './topics/lua-scan.ts'
import { manyForms } from './topics/many-forms.ts'
import { pages } from './topics/pages.ts'
import { relations } from './topics/relations.ts'
import { rules } from './topics/rules.ts'
import { search, searchByWords } from './topics/search.ts'
import { transactions } from './topics/transactions.ts'
import { upsert } from './topics/upsert.ts'

export const topics: readonly Topic[] = [
  createReadUpdateDelete,
  fields,
  constraints,
  access,
  escalation,
  filters,
  lists,
  aggregates,
  relations,
  manyForms,
  kysely,
  upsert,
  batch,
  transactions,
  credentials,
  componentTree,
  pages,
  search,
  searchByWords,
  luaScan,
  live,
  liveKysely,
  audit,
  database,
  rules,
  hostile,
]
