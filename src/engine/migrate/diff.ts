/** What must change in the database for a schema: additions, which can be done unasked, and all else, which cannot. */

import type { Change, Column, Index, Table, Tables } from '../../schema/migration.ts'
import { canonicalJson } from '../audit/canonical-json.ts'
import { creationOrder } from './ddl.ts'
import { sameIndex } from './table.ts'

export interface Difference {
  readonly entity: string
  readonly field?: string
  /** A sentence without its end: what differs. */
  readonly text: string
  /** The step to write for it. */
  readonly step: string
}

export interface Comparison {
  /** In an order in which they can be done. */
  readonly additions: readonly Change[]
  /** The additions taken back, in an order in which that can be done. */
  readonly removals: readonly Change[]
  /** What a person must decide. */
  readonly differences: readonly Difference[]
}

export function compareTables(from: Tables, to: Tables): Comparison {
  const additions: Change[] = []
  const differences: Difference[] = []
  for (const entity of creationOrder(to)) {
    const wanted = to[entity] as Table
    const table = Object.hasOwn(from, entity) ? from[entity] : undefined
    if (table) compareTable(entity, table, wanted, additions, differences)
    else additions.push({ createEntity: { name: entity, ...wanted } })
  }
  for (const entity of Object.keys(from)) {
    if (Object.hasOwn(to, entity)) continue
    differences.push({
      entity,
      text: `the entity ${entity} is in the database but no longer in the schema`,
      step: JSON.stringify({ dropEntity: entity }),
    })
  }
  return { additions, removals: additions.map(inverse).reverse(), differences }
}

/** Whether nothing that a migration could change differs. The order of columns and their defaults do not count. */
export function sameTables(from: Tables, to: Tables): boolean {
  const { additions, differences } = compareTables(from, to)
  return additions.length === 0 && differences.length === 0
}

function compareTable(
  entity: string,
  from: Table,
  to: Table,
  additions: Change[],
  differences: Difference[],
): void {
  const rebuild = `{ rebuildEntity: { name: ${JSON.stringify(entity)}, … } }`
  if (canonicalJson(from.primaryKey) !== canonicalJson(to.primaryKey)) {
    differences.push({ entity, text: `the primary key of ${entity} has changed`, step: rebuild })
  }
  for (const [name, column] of Object.entries(to.columns)) {
    const stored = Object.hasOwn(from.columns, name) ? from.columns[name] : undefined
    if (!stored) {
      if (column.nullable || column.default !== undefined) {
        additions.push({ addField: { entity, name, column } })
      } else {
        differences.push({
          entity,
          field: name,
          text: `the new field ${entity}.${name} takes no null and has no default, so rows that exist have no value for it`,
          step: `{ addField: { entity: ${JSON.stringify(entity)}, name: ${JSON.stringify(name)}, column: { … }, fill: … } }`,
        })
      }
      continue
    }
    const changed = changedFacets(stored, column)
    if (changed.length > 0) {
      differences.push({
        entity,
        field: name,
        text: `${changed.join(' and ')} of ${entity}.${name} has changed`,
        step: rebuild,
      })
    }
    if (column.unique && !stored.unique)
      additions.push({ addIndex: { entity, fields: [name], unique: true } })
    if (!column.unique && stored.unique) {
      differences.push({
        entity,
        field: name,
        text: `${entity}.${name} is no longer unique`,
        step: JSON.stringify({ dropIndex: { entity, fields: [name], unique: true } }),
      })
    }
  }
  for (const name of Object.keys(from.columns)) {
    if (Object.hasOwn(to.columns, name)) continue
    differences.push({
      entity,
      field: name,
      text: `the field ${entity}.${name} is in the database but no longer in the schema`,
      step: JSON.stringify({ dropField: { entity, name } }),
    })
  }
  compareIndexes(entity, from, to, additions, differences)
}

function compareIndexes(
  entity: string,
  from: Table,
  to: Table,
  additions: Change[],
  differences: Difference[],
): void {
  const has = (indexes: readonly Index[], index: Index) => indexes.some((other) => sameIndex(other, index))
  for (const index of to.indexes)
    if (!has(from.indexes, index)) additions.push({ addIndex: { entity, ...index } })
  for (const index of from.indexes) {
    if (has(to.indexes, index) || index.fields.some((field) => !Object.hasOwn(to.columns, field))) continue
    differences.push({
      entity,
      text: `an index of ${entity} over ${index.fields.join(', ')} is in the database but no longer in the schema`,
      step: JSON.stringify({ dropIndex: { entity, ...index } }),
    })
  }
}

/** The names of what differs. A default is the engine's doing; the copy of it in the database only serves other programs. */
function changedFacets(from: Column, to: Column): string[] {
  const facet = (name: keyof Column, words: string) =>
    canonicalJson(from[name] ?? null) === canonicalJson(to[name] ?? null) ? [] : [words]
  return [
    ...facet('type', 'the type'),
    ...facet('nullable', 'whether null is a value'),
    ...facet('caseInsensitive', 'the comparison of letter case'),
    ...facet('min', 'the minimum'),
    ...facet('max', 'the maximum'),
    ...facet('pattern', 'the pattern'),
    ...facet('values', 'the list of values'),
    ...facet('references', 'the reference'),
  ]
}

function inverse(change: Change): Change {
  if ('createEntity' in change) return { dropEntity: change.createEntity.name }
  if ('addField' in change)
    return { dropField: { entity: change.addField.entity, name: change.addField.name } }
  if ('addIndex' in change) return { dropIndex: change.addIndex }
  throw new TypeError('Only additions are made unasked')
}

/** A name for a migration of additions: `add-Post`, `add-Post-title-and-2-more`. */
export function nameOfChanges([first, ...more]: readonly Change[]): string {
  const what =
    first && 'createEntity' in first
      ? first.createEntity.name
      : first && 'addField' in first
        ? `${first.addField.entity}-${first.addField.name}`
        : 'index'
  return `add-${what}${more.length > 0 ? `-and-${more.length}-more` : ''}`
}
