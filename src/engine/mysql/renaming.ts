/**
 * MySQL renames no column that a CHECK, a generated column or an index over an expression names. In one statement these
 * go, the column gets its name, and they come again with the new one.
 */

import { quoteName } from '../migrate/ddl.ts'
import { ask, type Work } from '../work.ts'
import { foldedName, mysql8Folding } from './folding.ts'
import { look } from './inspect.ts'

/** The server tells an expression with a backslash before each quote. */
const checksOf = look(
  `SELECT c.constraint_name, replace(c.check_clause, '\\''', '''') FROM information_schema.table_constraints t
JOIN information_schema.check_constraints c ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name
WHERE t.table_schema = database() AND t.table_name = ? AND t.constraint_type = 'CHECK' ORDER BY 1`,
  ['text', 'text'],
)

const twinOf = look(
  `SELECT column_type FROM information_schema.columns WHERE table_schema = database() AND table_name = ? AND column_name = ?`,
  ['text'],
)

/** Parts of all indexes; those over an expression have it in place of a column. */
const partsOf = look(
  `SELECT index_name, non_unique = 0, column_name, replace(expression, '\\''', ''''), sub_part FROM information_schema.statistics
WHERE table_schema = database() AND table_name = ? ORDER BY index_name, seq_in_index`,
  ['text', 'boolean', 'text', 'text', 'integer'],
)

/** As the server tells names in expressions. */
const told = (name: string) => `\`${name.replaceAll('`', '``')}\``

export function* renaming(entity: string, from: string, to: string): Work<readonly string[]> {
  const [gone, made]: [string[], string[]] = [[], []]
  const renamed = (text: string) =>
    text.replaceAll(told(from), told(to)).replaceAll(told(foldedName(from)), told(foldedName(to)))
  const checks = (yield* ask(checksOf, [entity])).values as string[]
  for (let at = 0; at < checks.length; at += 2) {
    const [name, clause] = checks.slice(at, at + 2) as [string, string]
    if (!clause.includes(told(from))) continue
    gone.push(`DROP CHECK ${quoteName(name)}`)
    made.push(`ADD CHECK ${renamed(clause)}`)
  }
  const [type] = (yield* ask(twinOf, [entity, foldedName(from)])).values as string[]
  if (type !== undefined) {
    gone.push(`DROP COLUMN ${quoteName(foldedName(from))}`)
    made.push(
      `ADD COLUMN ${quoteName(foldedName(to))} ${type} GENERATED ALWAYS AS (${mysql8Folding.begins}${quoteName(to)}${mysql8Folding.ends}) VIRTUAL INVISIBLE`,
    )
  }
  for (const { name, isUnique, parts } of (yield* indexes(entity)).filter(({ parts }) =>
    parts.some(
      ({ column, expression }) =>
        column === foldedName(from) || (expression !== null && renamed(expression) !== expression),
    ),
  )) {
    const texts = parts.map(({ column, expression, length }) => {
      if (expression !== null) return `(${renamed(expression)})`
      const named = column === from ? to : column === foldedName(from) ? foldedName(to) : column
      return `${quoteName(named ?? '')}${length === null ? '' : ` (${length})`}`
    })
    gone.unshift(`DROP INDEX ${quoteName(name)}`)
    made.push(`ADD ${isUnique ? 'UNIQUE ' : ''}INDEX ${quoteName(name)} (${texts.join(', ')})`)
  }
  const change = `RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`
  return [`ALTER TABLE main.${quoteName(entity)} ${[...gone, change, ...made].join(', ')}`]
}

interface Indexed {
  readonly name: string
  readonly isUnique: boolean
  readonly parts: { column: string | null; expression: string | null; length: number | null }[]
}

function* indexes(entity: string): Work<readonly Indexed[]> {
  const { values } = yield* ask(partsOf, [entity])
  const found = new Map<string, Indexed>()
  for (let at = 0; at < values.length; at += 5) {
    const [name, isUnique, column, expression, length] = values.slice(at, at + 5) as [
      string,
      boolean,
      string | null,
      string | null,
      number | null,
    ]
    const known = found.get(name) ?? { name, isUnique, parts: [] }
    known.parts.push({ column, expression, length })
    found.set(name, known)
  }
  return [...found.values()]
}
