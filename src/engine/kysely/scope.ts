/**
 * What names mean. Every source of a query gets a name of ours, unique in the whole statement, and every reference is
 * printed with it: what a name means is decided here and cannot be decided otherwise by the database, in whatever scope
 * it looks.
 */

import type { ColumnType } from '../../drivers/driver.ts'
import { type DBALError, invalid } from '../../protocol/error.ts'
import type { EntityAccess } from '../access/access.ts'
import type { FieldModel } from '../model.ts'
import { forbiddenField } from '../query/visibility.ts'
import { shown } from './tree.ts'

export interface Output {
  readonly name: string
  readonly type: ColumnType
  /** The field that it is, unchanged. */
  readonly field?: FieldModel | undefined
}

/** Something that stands in a FROM. */
export interface Source {
  /** As the caller calls it. */
  readonly alias: string
  /** As we do. */
  readonly name: string
  readonly columns: ReadonlyMap<string, Output>
  /** The entity that it is, for errors that name a field; null for what is made of others. */
  readonly access: EntityAccess | null
}

/** SQLite's words for its own row number, and the system columns of others. */
const systemColumns: ReadonlySet<string> = new Set([
  'rowid',
  'oid',
  '_rowid_',
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
])

export class Scope {
  readonly outer: Scope | null
  readonly #sources: Source[] = []

  constructor(outer: Scope | null) {
    this.outer = outer
  }

  get sources(): readonly Source[] {
    return this.#sources
  }

  /** @throws DBALError VALIDATION_ERROR for a name that is taken: SQLite does not tell letters' cases apart */
  add(source: Source): void {
    const lower = source.alias.toLowerCase()
    if (this.#sources.some(({ alias }) => alias.toLowerCase() === lower))
      throw invalid('query', `${shown(source.alias)} stands twice in one FROM; give it another alias`)
    this.#sources.push(source)
  }

  /** @throws DBALError VALIDATION_ERROR */
  source(alias: string): Source {
    for (let scope: Scope | null = this; scope; scope = scope.outer) {
      const source = scope.#sources.find((one) => one.alias === alias)
      if (source) return source
    }
    throw invalid('query', `${shown(alias)} is no table of this query`)
  }

  /** A column with its source; null for an unqualified name that no source has. @throws DBALError */
  column(name: string, alias: string | undefined): { source: Source; output: Output } | null {
    if (alias !== undefined) {
      const source = this.source(alias)
      return { source, output: columnOf(source, name) }
    }
    for (let scope: Scope | null = this; scope; scope = scope.outer) {
      const found = scope.#sources.filter(({ columns }) => columns.has(name))
      if (found.length > 1) throw invalid('query', `${shown(name)} is a column of several tables: qualify it`)
      const [source] = found
      if (source) return { source, output: source.columns.get(name) as Output }
    }
    return null
  }

  /** The error for a name that nothing has: a field that is there but not for this caller is FORBIDDEN. */
  unknown(name: string): DBALError {
    for (let scope: Scope | null = this; scope; scope = scope.outer)
      for (const source of scope.#sources) refuseHidden(source, name)
    return invalid('query', `${shown(name)} is no column of this query`)
  }
}

function columnOf(source: Source, name: string): Output {
  const output = source.columns.get(name)
  if (output) return output
  refuseHidden(source, name)
  throw invalid('query', `${shown(source.alias)} has no column ${shown(name)}`)
}

/** @throws DBALError FORBIDDEN for a field that the caller may not read, VALIDATION_ERROR for a system column */
function refuseHidden({ access }: Source, name: string): void {
  const field = access?.entity.field(name)
  if (access && field) throw forbiddenField(access.entity, field, 'kysely.execute')
  if (systemColumns.has(name.toLowerCase())) throw invalid('query', `${shown(name)} is no column`)
}
