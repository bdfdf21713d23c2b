/** What a step is to the database: texts, thought out before the first of them runs, and the references that come after. */

import type { Change, Column, CopySource, Index, NamedTable } from '../../schema/migration.ts'
import type { Reference as ReferenceTo } from '../../schema/schema.ts'
import type { Work } from '../work.ts'
import { type Source, tableTexts } from './ddl.ts'
import type { StoredReference } from './inspect.ts'
import type { MigrationDialect } from './migration-dialect.ts'
import { indexesOf } from './table.ts'

/** Texts that may be run again from the first one when it is not known how far they came. */
export interface Unit {
  readonly texts: readonly string[]
  /** Where running them again does harm: what is no longer there when they are done. */
  readonly gone?: { readonly table: string } | { readonly table: string; readonly column: string }
}

/** A foreign key that is made when all steps are done: only then are all the tables as they are to be. */
export interface Waiting {
  readonly entity: string
  readonly field: string
  readonly references: ReferenceTo
}

export interface Plan {
  readonly units: readonly Unit[]
  /** All that wait now, those of earlier steps among them. */
  readonly waiting: readonly Waiting[]
}

/** What makes a foreign key, when the tables are as they are to be. */
export function* referenceTexts(
  reference: Waiting,
  { ddl, apartReferences }: MigrationDialect,
): Work<readonly string[]> {
  if (apartReferences?.createTexts) return yield* apartReferences.createTexts(reference)
  const { entity, field, references } = reference
  const column: Column = { type: 'text', references }
  const table = { columns: { [field]: column }, primaryKey: [], indexes: [] }
  return ddl.references(entity, table).flatMap(({ texts }) => texts)
}

/** @param waiting of the steps before */
export function* planOf(change: Change, dialect: MigrationDialect, waiting: readonly Waiting[]): Work<Plan> {
  const { ddl } = dialect
  if ('createEntity' in change) {
    const { name } = change.createEntity
    return {
      units: [{ texts: tableTexts(name, change.createEntity, ddl) }],
      waiting: [...waiting, ...referencesIn(name, change.createEntity, dialect)],
    }
  }
  if ('dropEntity' in change) return yield* dropEntity(change.dropEntity, dialect, waiting)
  if ('rebuildEntity' in change) return yield* rebuild(change.rebuildEntity, dialect, waiting)
  if ('renameEntity' in change) return yield* renameEntity(change.renameEntity, dialect, waiting)
  if ('renameField' in change) return yield* renameField(change.renameField, dialect, waiting)
  if ('addField' in change) {
    const { entity, name, column, fill } = change.addField
    const table = { columns: { [name]: column }, primaryKey: [], indexes: [] }
    const indexes = indexesOf(table).map((index) => ddl.createIndex(entity, index))
    return {
      units: [{ texts: [ddl.addColumn(entity, name, column, fill), ...indexes] }],
      waiting: [...waiting, ...referencesIn(entity, table, dialect)],
    }
  }
  if ('dropField' in change) return yield* dropField(change.dropField, dialect, waiting)
  if ('addIndex' in change)
    return { units: [{ texts: [ddl.createIndex(change.addIndex.entity, change.addIndex)] }], waiting }
  if ('dropIndex' in change) return yield* dropIndex(change.dropIndex, dialect, waiting)
  return change satisfies never
}

/** Where the table's own text has them there is nothing to make. */
function referencesIn(
  entity: string,
  table: Pick<NamedTable, 'columns'>,
  { apartReferences }: MigrationDialect,
): Waiting[] {
  if (!apartReferences) return []
  return Object.entries(table.columns).flatMap(([field, { references }]) =>
    references ? [{ entity, field, references }] : [],
  )
}

/** A foreign key as it stands in the database, and whose it is. */
interface Standing extends Waiting {
  readonly keptByTriggers: boolean
  /** What is renamed must be renamed in them too. */
  readonly hasTriggers: boolean
}

/** All that are beside their tables and that the choice wants; none where tables have theirs in their own texts. */
function* standing(
  { inspector, apartReferences }: MigrationDialect,
  isWanted: (reference: Standing) => boolean,
): Work<readonly Standing[]> {
  if (!apartReferences) return []
  const found: Standing[] = []
  for (const entity of yield* inspector.tableNames()) {
    if (entity.startsWith('_dbal_')) continue
    for (const stored of yield* inspector.readReferences(entity)) {
      const keptByTriggers = stored.keptByTriggers === true
      const hasTriggers = keptByTriggers || stored.hasTriggers === true
      const { field } = stored
      const reference = { entity, field, references: referenceOf(stored), keptByTriggers, hasTriggers }
      if (isWanted(reference)) found.push(reference)
    }
  }
  return found
}

const actions = { CASCADE: 'cascade', RESTRICT: 'restrict', 'SET NULL': 'setNull' } as const

function referenceOf({ entity, target, onDelete, onUpdate }: StoredReference): ReferenceTo {
  const action = (text: string) => actions[text as keyof typeof actions] ?? 'noAction'
  return { entity, field: target ?? '', onDelete: action(onDelete), onUpdate: action(onUpdate) }
}

function* dropTexts(references: readonly Standing[], { apartReferences }: MigrationDialect): Work<string[]> {
  const texts: string[] = []
  for (const { entity, field } of references)
    if (apartReferences) texts.push(...(yield* apartReferences.dropTexts(entity, field)))
  return texts
}

const plain = ({ entity, field, references }: Standing): Waiting => ({ entity, field, references })

function* dropEntity(name: string, dialect: MigrationDialect, waiting: readonly Waiting[]): Work<Plan> {
  const found = yield* standing(
    dialect,
    ({ entity, references, keptByTriggers }) =>
      (references.entity === name && entity !== name) || (entity === name && keptByTriggers),
  )
  return {
    units: [{ texts: [...(yield* dropTexts(found, dialect)), dialect.ddl.dropTable(name)] }],
    // Somebody else's must lead somewhere when all is done.
    waiting: [...waiting, ...found.map(plain)].filter(({ entity }) => entity !== name),
  }
}

/** The table that is being made in another's place. */
const making = '_dbal_rebuild'

/** Triggers, and indexes that a migration made by SQL, go with the old table and are made again for the new one. */
function* rebuild(
  { copy = {}, ...table }: NamedTable & { copy?: { readonly [column: string]: CopySource } },
  dialect: MigrationDialect,
  waiting: readonly Waiting[],
): Work<Plan> {
  const { ddl, inspector, isTransactional } = dialect
  const { name } = table
  const existing = new Set(yield* inspector.columnNames(name))
  const sources: (readonly [string, Source])[] = []
  for (const [column, { type }] of Object.entries(table.columns)) {
    const source = copy[column]
    if (source)
      sources.push([column, 'from' in source ? { column: source.from } : { value: source.value, type }])
    else if (existing.has(column)) sources.push([column, { column }])
  }
  const found = yield* standing(
    dialect,
    ({ entity, references, keptByTriggers }) =>
      (references.entity === name && entity !== name) || (entity === name && keptByTriggers),
  )
  const attached = yield* inspector.attachedTexts(name, (index) => !index.startsWith(`${name}.`))
  const { swap, after } = ddl.swapping(name, making)
  const anew = isTransactional ? [] : [ddl.dropTable(making)]
  return {
    units: [
      { texts: [...anew, ddl.createTable(making, table), ddl.copyRows(name, making, sources)] },
      { texts: yield* dropTexts(found, dialect) },
      { texts: swap, gone: { table: making } },
      {
        texts: [
          ...after,
          ...indexesOf(table).map((index) => ddl.createIndex(name, index, table)),
          ...attached,
        ],
      },
    ],
    waiting: [
      ...[...waiting, ...found.map(plain)].filter(({ entity }) => entity !== name),
      ...referencesIn(name, table, dialect),
    ],
  }
}

type Renaming = { readonly from: string; readonly to: string }

function* renameEntity(
  { from, to }: Renaming,
  dialect: MigrationDialect,
  all: readonly Waiting[],
): Work<Plan> {
  const { ddl, inspector, apartReferences } = dialect
  const found = yield* standing(
    dialect,
    ({ entity, references, keptByTriggers, hasTriggers }) =>
      (entity === from && (keptByTriggers || apartReferences?.isNamed === true)) ||
      (references.entity === from && hasTriggers),
  )
  const name = (entity: string) => (entity === from ? to : entity)
  const indexes = (yield* inspector.readIndexes(from)).flatMap(({ name: old, fields, unique }) => {
    const index = indexOf(fields, unique)
    return old === ddl.indexName(from, index) ? ddl.renameIndex(to, old, index) : []
  })
  return {
    units: [
      { texts: yield* dropTexts(found, dialect) },
      { texts: [ddl.renameTable(from, to)], gone: { table: from } },
      { texts: indexes },
    ],
    waiting: [...all, ...found.map(plain)].map(({ entity, field, references }) => ({
      entity: name(entity),
      field,
      references: { ...references, entity: name(references.entity) },
    })),
  }
}

/** Indexes are named by what they hold: after a renaming those of ours get the names that a new table would give them. */
function* renameField(
  { entity: table, from, to }: Renaming & { readonly entity: string },
  dialect: MigrationDialect,
  all: readonly Waiting[],
): Work<Plan> {
  const { ddl, inspector, apartReferences } = dialect
  const found = yield* standing(
    dialect,
    ({ entity, field, references, keptByTriggers, hasTriggers }) =>
      (entity === table && field === from && (keptByTriggers || apartReferences?.isNamed === true)) ||
      (references.entity === table && references.field === from && hasTriggers),
  )
  const name = (entity: string, field: string) => (entity === table && field === from ? to : field)
  const indexes = (yield* inspector.readIndexes(table)).flatMap(({ name: old, fields, unique }) => {
    if (!fields.includes(from) || old !== ddl.indexName(table, indexOf(fields, unique))) return []
    const after = fields.map((field) => name(table, field))
    return ddl.renameIndex(table, old, indexOf(after, unique))
  })
  const renamed = dialect.renameColumnTexts
    ? yield* dialect.renameColumnTexts(table, from, to)
    : [ddl.renameColumn(table, from, to)]
  return {
    units: [
      { texts: yield* dropTexts(found, dialect) },
      { texts: renamed, gone: { table, column: from } },
      { texts: indexes },
    ],
    waiting: [...all, ...found.map(plain)].map(({ entity, field, references }) => ({
      entity,
      field: name(entity, field),
      references: { ...references, field: name(references.entity, references.field) },
    })),
  }
}

/** A column cannot go while an index holds it, nor an index while a foreign key stands on it. */
function* dropField(
  { entity: table, name }: { readonly entity: string; readonly name: string },
  dialect: MigrationDialect,
  waiting: readonly Waiting[],
): Work<Plan> {
  const { ddl, inspector } = dialect
  const indexes = (yield* inspector.readIndexes(table)).filter(({ fields }) => fields.includes(name))
  const bases = new Set(indexes.map(({ fields }) => fields[0]))
  const found = yield* standing(
    dialect,
    ({ entity, field, references }) =>
      (entity === table && (field === name || bases.has(field))) ||
      (references.entity === table && references.field === name),
  )
  return {
    units: [
      {
        texts: [
          ...(yield* dropTexts(found, dialect)),
          ...indexes.map((index) => ddl.dropNamedIndex(index.name, table)),
          ddl.dropColumn(table, name),
        ],
      },
    ],
    waiting: [...waiting, ...found.map(plain)].filter(
      ({ entity, field }) => entity !== table || field !== name,
    ),
  }
}

function* dropIndex(
  { entity: table, ...index }: Index & { readonly entity: string },
  dialect: MigrationDialect,
  waiting: readonly Waiting[],
): Work<Plan> {
  const { ddl, apartReferences } = dialect
  const found = apartReferences?.isNamed
    ? yield* standing(
        dialect,
        ({ entity, field, keptByTriggers }) =>
          entity === table && field === index.fields[0] && !keptByTriggers,
      )
    : []
  const drop = ddl.dropNamedIndex(ddl.indexName(table, index), table)
  return {
    units: [{ texts: [...(yield* dropTexts(found, dialect)), drop] }],
    waiting: [...waiting, ...found.map(plain)],
  }
}

function indexOf(fields: readonly string[], unique: boolean): Index {
  return unique ? { fields, unique } : { fields }
}
