/** The entities of the built-in schema, as docs/reference/entities.md has them. */

import { defaultLimits } from '../../src/protocol/limits.ts'
import { roles } from '../../src/protocol/principal.ts'
import { luaGlobals, metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import { relationsOf } from '../../src/schema/relations.ts'
import type { EntityData, FieldData, ReferenceAction, RuleData } from '../../src/schema/schema.ts'
import { code, codes, table } from './table.ts'

const { entities } = metabuilderSchema
const relations = relationsOf(metabuilderSchema)

export function entitiesPart(): string {
  return Object.entries(entities)
    .map(([name, entity]) => entitySection(name, entity))
    .join('\n\n')
}

export function rulesPart(): string {
  const rows = Object.entries(entities).map(([name, { rules }]) => [
    code(name),
    ...roles.map((role) => ruleCell(rules, role)),
  ])
  return table(['entity', ...roles.map(code)], rows)
}

export function luaGlobalsPart(): string {
  return codes(luaGlobals)
}

function entitySection(name: string, entity: EntityData): string {
  const fields = Object.entries(entity.fields).map(([field, data]) => fieldRow(field, data))
  return [
    `## ${name}`,
    `Accessor ${code(`client.${entity.accessor}`)} · a list gives ${entity.limits.list ?? defaultLimits.listLimit} rows, at most ${entity.limits.maximum ?? defaultLimits.listMaximum}.`,
    ...(entity.system ? ['Of the system: no role reaches its rows by the operations of every entity.'] : []),
    table(['field', 'type', 'on create', 'unique', 'constraint'], fields),
    list([...indexLines(entity), ...relationLines(name), ...deleteLines(name), ...natureLines(entity)]),
    rulesOf(entity),
  ].join('\n\n')
}

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n')

function fieldRow(name: string, field: FieldData): string[] {
  const { type, nullable, unique, caseInsensitive } = field
  return [
    code(name) + (isKey(field) ? ', key' : ''),
    nullable ? `${type} or null` : type,
    onCreate(field),
    unique || isKey(field) ? (caseInsensitive ? 'yes, whatever the case' : 'yes') : '',
    constraints(field).join(' · '),
  ]
}

const isKey = ({ generated }: FieldData) => generated === 'id'

function onCreate({ generated, required, default: value }: FieldData): string {
  if (generated === 'id') return 'made by the engine, or given'
  if (generated) return 'set by the engine'
  return required ? 'required' : `default ${code(JSON.stringify(value ?? null))}`
}

function constraints(field: FieldData): string[] {
  const { min, max, pattern, values, subsetOf, scan, references, hidden, generated } = field
  const range =
    min === undefined
      ? max === undefined
        ? undefined
        : `at most ${max}`
      : max === undefined
        ? `at least ${min}`
        : `${min}–${max}`
  const unit = field.type === 'integer' ? '' : ' characters'
  return [
    ...(generated === 'updatedAt' ? ['set at every change'] : []),
    ...(range ? [range + unit] : []),
    ...(pattern ? [code(pattern)] : []),
    ...(values ? [`one of ${codes(values)}`] : []),
    ...(subsetOf ? [`a list of [allowed globals](#allowed-globals)`] : []),
    ...(scan ? ['[looked through](operations.md#what-a-script-may-not-say) before it is stored'] : []),
    ...(references
      ? [
          `refers to ${code(`${references.entity}.${references.field}`)}: ${actions(references.onDelete, references.onUpdate)}`,
        ]
      : []),
    ...(hidden ? ['hidden: in no result, filter, sort, event, audit image or error'] : []),
  ]
}

const actionWords: Readonly<Record<ReferenceAction, string>> = {
  cascade: 'goes with it',
  restrict: 'keeps it from being deleted',
  setNull: 'becomes null when it goes',
  noAction: 'keeps it from being deleted',
}

function actions(onDelete: ReferenceAction, onUpdate: ReferenceAction): string {
  return actionWords[onDelete] + (onUpdate === 'cascade' ? ' and follows when it is renamed' : '')
}

function indexLines({ indexes }: EntityData): string[] {
  const names = indexes.map(({ fields, unique }) => code(fields.join(', ')) + (unique ? ' (unique)' : ''))
  return names.length > 0 ? [`Indexes beside keys and unique fields: ${names.join(' · ')}`] : []
}

function relationLines(name: string): string[] {
  const names = (relations[name] ?? []).map(
    ({ name, kind, entity, localField, foreignField }) =>
      `${code(name)} ${kind === 'one' ? `(one ${entity} by ${code(localField)})` : `(many ${entity} by ${code(foreignField)})`}`,
  )
  return names.length > 0 ? [`Relations: ${names.join(' · ')}`] : []
}

/** What becomes of others when a row goes. */
function deleteLines(name: string): string[] {
  const referring = Object.entries(entities).flatMap(([other, { fields }]) =>
    Object.entries(fields).flatMap(([field, { references }]) =>
      references?.entity === name ? [{ place: code(`${other}.${field}`), action: references.onDelete }] : [],
    ),
  )
  const where = (...wanted: ReferenceAction[]) =>
    referring
      .filter(({ action }) => wanted.includes(action))
      .map(({ place }) => place)
      .join(', ')
  const [blocking, going, emptied] = [where('restrict', 'noAction'), where('cascade'), where('setNull')]
  return [
    ...(blocking
      ? [`Deleting a row that ${blocking.replaceAll(', ', ' or ')} refers to is a CONFLICT that says so`]
      : []),
    ...(going ? [`With a row go those that refer to it by ${going}`] : []),
    ...(emptied ? [`When a row goes, ${emptied} becomes null`] : []),
  ]
}

function natureLines({ ttl, tree, principal, search }: EntityData): string[] {
  return [
    ...(ttl
      ? [`A row ends at ${code(ttl)}: from that instant on it is in no result, and a sweep removes it`]
      : []),
    ...(tree
      ? [
          `Rows form trees: ${code(tree.parent)} null is a root, a parent has the same ${code(tree.within)}, nobody stands under itself, and ${code(tree.order)} orders siblings`,
        ]
      : []),
    ...(principal
      ? ['Rows are callers: the rules against [escalation](access.md#no-escalation) bind every write']
      : []),
    ...(search.length > 0 ? [`${code('search')} looks into ${codes(search)}`] : []),
  ]
}

function rulesOf({ rules }: EntityData): string {
  if (rules.length === 0) return 'Rules: none, so nobody has access.'
  const rows = rules.map(({ roles, operations, rowFilter, fields }) => [
    codes(roles),
    operations.length === 4 ? 'everything' : operations.join(', '),
    rowFilter ? code(rowFilter) : 'every row',
    fields?.write ? codes(fields.write) : 'every field',
  ])
  return table(['role', 'may', 'rows', 'may write'], rows)
}

function ruleCell(rules: readonly RuleData[], role: string): string {
  const mine = rules.filter(({ roles }) => (roles as readonly string[]).includes(role))
  const cells = mine.map(({ operations, rowFilter }) => {
    const what = operations.length === 4 ? 'everything' : operations.join(', ')
    return rowFilter ? `${what} where ${code(rowFilter)}` : what
  })
  return cells.length > 0 ? cells.join('; ') : '–'
}
