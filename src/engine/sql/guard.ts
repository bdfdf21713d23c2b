/**
 * What SQL text may touch: the entities of the schema, without those of the system and without hidden fields. Held to it a
 * text is twice: by SQLite's authorizer, and by the tables that its program opens, because the authorizer is not told of
 * everything (scan.ts).
 */

import type { ReadGuard, ResultSet, Statement } from '../../drivers/driver.ts'
import { DBALError } from '../../protocol/error.ts'
import type { Model } from '../model.ts'
import { asciiLower } from '../values/text.ts'
import { ask, type Work } from '../work.ts'

const catalogue: Statement = {
  sql: 'select "name", "tbl_name", "rootpage" from main."sqlite_schema" union all select "name", null, null from pragma_module_list',
  columns: ['text', 'text', 'integer'],
}

const tablesOf = new WeakMap<Model, ReadGuard['tables']>()

export interface Reachable {
  readonly guard: ReadGuard
  /** Where the tables that may be read, and their indexes, begin in the file. */
  readonly roots: ReadonlySet<unknown>
}

/** Looks what there is by now: a migration may have made a table that no entity stands for. */
export function* reachable(model: Model): Work<Reachable> {
  let tables = tablesOf.get(model)
  if (!tables) {
    tables = readableTables(model)
    tablesOf.set(model, tables)
  }
  const { values } = yield* ask(catalogue, [])
  const taken = new Set<string>()
  const roots = new Set<unknown>()
  for (let at = 0; at < values.length; at += catalogue.columns.length) {
    const [name, table, root] = values.slice(at, at + catalogue.columns.length)
    taken.add(asciiLower(name as string))
    // Views have no pages.
    if (root && tables.has(asciiLower(table as string))) roots.add(root)
  }
  return { guard: { tables, taken }, roots }
}

/**
 * @param program what EXPLAIN gives: addr, opcode, p1, p2 (the page where a table or index begins), p3 (whose), …
 * @throws DBALError FORBIDDEN for one that opens what is not among `roots`
 */
export function refuseOtherTables({ names = [], values, width }: ResultSet, roots: Reachable['roots']): void {
  const [opcode, root, database] = ['opcode', 'p2', 'p3'].map((name) => names.indexOf(name)) as [
    number,
    number,
    number,
  ]
  for (let at = 0; at < values.length; at += width) {
    if (!opening.has(values[at + opcode] as string)) continue
    if (values[at + database] !== 0 || !roots.has(values[at + root])) {
      throw new DBALError('FORBIDDEN', 'The text may not read one of the tables that it names', {
        operation: 'sql',
      })
    }
  }
}

const opening = new Set(['OpenRead', 'OpenWrite', 'ReopenIdx'])

function readableTables(model: Model): ReadGuard['tables'] {
  const entities = [...model.entities.values()].filter(({ data }) => !data.system)
  return new Map(
    entities.map(({ name, fields }) => [
      asciiLower(name),
      new Set(fields.filter(({ data }) => data.hidden).map((field) => asciiLower(field.name))),
    ]),
  )
}
