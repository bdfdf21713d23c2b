/** The shape of definitions: which keys there are, and what each may hold. What the values mean is asked later. */

import type { LooseEntity, LooseField } from './normalise.ts'
import { isObject, type Reader } from './read.ts'
import type { FieldType } from './schema.ts'

export const textual = ['string', 'text', 'email'] as const
export const measured = [...textual, 'integer', 'bigint', 'number', 'bytes'] as const
const types = [
  ...measured,
  'uuid',
  'enum',
  'boolean',
  'datetime',
  'json',
  'any',
] as const satisfies readonly FieldType[]

const actions = ['noAction', 'cascade', 'restrict', 'setNull'] as const
const events = { onDelete: actions, onUpdate: actions } as const

const ruleShape = {
  roles: 'strings',
  operations: 'strings',
  rowFilter: 'string',
  check: 'string',
  fields: { read: 'strings', write: 'strings' },
} as const

/** `lenient`: names need not be identifiers. */
export function readDefinitions(read: Reader, value: unknown, lenient: boolean): Record<string, LooseEntity> {
  return readNamed(read, value, '', lenient, (entity, path) =>
    read.shape(
      entity,
      {
        fields: (source, place) =>
          readNamed(read, source, place, lenient, (field, at) => readField(read, field, at)),
        primaryKey: 'strings',
        accessor: 'string',
        indexes: (source, place) =>
          read.list(source, place, (index, at) =>
            read.shape(
              isObject(index) ? index : { fields: index },
              { fields: 'strings', unique: 'boolean' },
              at,
            ),
          ),
        search: 'strings',
        ttl: 'string',
        rules: (source, place) => read.list(source, place, (rule, at) => read.shape(rule, ruleShape, at)),
        kind: ['table', 'view'],
        principal: { role: 'string' },
        system: 'boolean',
        limits: { list: 'number', maximum: 'number' },
        tree: { parent: 'string', within: 'string', order: 'string' },
      },
      path,
    ),
  ) as Record<string, LooseEntity>
}

function readField(read: Reader, value: unknown, path: string): LooseField {
  const field = read.shape(
    // `title: string` in YAML is short for `title: { type: string }`.
    typeof value === 'string' ? { type: value } : value,
    {
      type: types,
      primary: 'boolean',
      required: 'boolean',
      nullable: 'boolean',
      default: 'json',
      unique: 'boolean',
      caseInsensitive: 'boolean',
      min: 'number',
      max: 'number',
      pattern: 'string',
      values: 'strings',
      subsetOf: 'strings',
      scan: ['lua'],
      references: (target, place) => {
        if (isObject(target))
          return read.shape(target, { entity: 'string', field: 'string', ...events }, place)
        if (typeof target === 'string' && /^.+\..+$/.test(target)) return target
        return read.note(place, 'must be of the form Entity.field')
      },
      ...events,
      as: 'string',
      inverse: 'string',
      hidden: 'boolean',
      immutable: 'boolean',
      generated: ['id', 'createdAt', 'updatedAt', 'rowid', 'computed'],
    },
    path,
  )
  if (isObject(value) && value.type === undefined) read.note(`${path}.type`, 'is missing')
  if (!field.references && (field.onDelete ?? field.onUpdate ?? field.as ?? field.inverse)) {
    read.note(`${path}.references`, 'is missing; onDelete, onUpdate, as and inverse belong to it')
  }
  // A field of no known type goes on as `any`, so that only the type is complained of.
  return { ...field, type: field.type ?? 'any' } as LooseField
}

/** Names that no entity and no field may have, wherever they come from. */
export function isReservedName(name: string): boolean {
  return /^(?:__proto__$|constructor$|prototype$|sqlite_|_dbal_)/i.test(name)
}

/** Reads a map of names, none of which may be reserved or differ from another in case only (SQL would not tell). */
function readNamed<T>(
  read: Reader,
  source: unknown,
  path: string,
  lenient: boolean,
  item: (value: unknown, path: string) => T,
): Record<string, T> {
  const out: Record<string, T> = {}
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(read.record(source, path))) {
    const place = path ? `${path}.${name}` : name
    const folded = name.toLowerCase()
    if (isReservedName(name) || (!lenient && name in {})) read.note(place, 'is a reserved name')
    else if (lenient ? !name : !/^[a-z]\w{0,62}$/i.test(name)) {
      read.note(place, 'is no name: up to 63 letters, digits and _, a letter first')
    } else if (!lenient && seen.has(folded)) read.note(place, 'differs from another name only in case')
    else out[name] = item(value, place)
    seen.add(folded)
  }
  return out
}
