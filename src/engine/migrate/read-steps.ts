/** Whether steps are steps: migrations come from files, and from a page as data that nobody has checked. */

import type { Column } from '../../schema/migration.ts'
import { isObject, type Reader, type Shape, type Spec } from '../../schema/read.ts'
import type { FieldType } from '../../schema/schema.ts'

const types = [
  'uuid',
  'string',
  'text',
  'email',
  'enum',
  'integer',
  'bigint',
  'number',
  'boolean',
  'datetime',
  'json',
  'bytes',
  'any',
] as const satisfies readonly FieldType[]
const actions = ['cascade', 'restrict', 'setNull', 'noAction'] as const

const columnShape = {
  type: types,
  nullable: 'boolean',
  unique: 'boolean',
  caseInsensitive: 'boolean',
  min: 'number',
  max: 'number',
  pattern: 'string',
  values: 'strings',
  default: 'json',
  references: { entity: 'string', field: 'string', onDelete: actions, onUpdate: actions },
} as const satisfies { readonly [Name in keyof Column]-?: Spec }

/** Notes what is wrong with a list of steps. */
export function checkSteps(read: Reader, steps: unknown, path: string): void {
  if (steps === undefined) read.note(path, 'is missing')
  read.list(steps, path, (step, place) => checkStep(read, step, place))
}

function checkStep(read: Reader, step: unknown, path: string): void {
  if (typeof step === 'string') return
  const change = read.record(step, path)
  const [word, ...more] = Object.keys(change)
  if (word === undefined || more.length > 0) {
    if (isObject(step)) read.note(path, `must have exactly one of ${Object.keys(readers).join(', ')}`)
    return
  }
  const check = Object.hasOwn(readers, word) ? readers[word] : undefined
  if (check) check(read, change[word], `${path}.${word}`)
  else read.note(`${path}.${word}`, `is no step; there are ${Object.keys(readers).join(', ')}`)
}

type Check = (read: Reader, value: unknown, path: string) => void

const indexShape = { entity: 'string', fields: 'strings', unique: 'boolean' } as const

const readers: { readonly [word: string]: Check } = {
  sql: members({ sqlite: 'string', postgres: 'string', mysql: 'string' }, []),
  createEntity: (read, value, path) => checkTable(read, value, path, {}),
  dropEntity: (read, value, path) => void read.string(value ?? '', path),
  renameEntity: members({ from: 'string', to: 'string' }, ['from', 'to']),
  addField: (read, value, path) => {
    members({ entity: 'string', name: 'string', column: isAnything, fill: 'json' }, [
      'entity',
      'name',
      'column',
    ])(read, value, path)
    if (isObject(value) && value.column !== undefined) checkColumn(read, value.column, `${path}.column`)
  },
  dropField: members({ entity: 'string', name: 'string' }, ['entity', 'name']),
  renameField: members({ entity: 'string', from: 'string', to: 'string' }, ['entity', 'from', 'to']),
  addIndex: members(indexShape, ['entity', 'fields']),
  dropIndex: members(indexShape, ['entity', 'fields']),
  rebuildEntity: (read, value, path) => {
    checkTable(read, value, path, { copy: isAnything })
    if (!isObject(value) || value.copy === undefined) return
    for (const [name, source] of Object.entries(read.record(value.copy, `${path}.copy`))) {
      members({ from: 'string', value: 'json' }, [])(read, source, `${path}.copy.${name}`)
      if (isObject(source) && Object.keys(source).length !== 1) {
        read.note(`${path}.copy.${name}`, 'must have either from or value')
      }
    }
  },
}

function isAnything(value: unknown): unknown {
  return value
}

function members(shape: Shape, required: readonly string[]): Check {
  return (read, value, path) => {
    read.shape(value, shape, path)
    if (!isObject(value)) return
    for (const name of required) if (value[name] === undefined) read.note(`${path}.${name}`, 'is missing')
  }
}

function checkTable(read: Reader, value: unknown, path: string, also: Shape): void {
  members({ name: 'string', columns: isAnything, primaryKey: 'strings', indexes: isAnything, ...also }, [
    'name',
    'columns',
    'primaryKey',
    'indexes',
  ])(read, value, path)
  if (!isObject(value)) return
  if (value.columns !== undefined) {
    for (const [name, column] of Object.entries(read.record(value.columns, `${path}.columns`))) {
      checkColumn(read, column, `${path}.columns.${name}`)
    }
  }
  read.list(value.indexes, `${path}.indexes`, (index, place) =>
    members({ fields: 'strings', unique: 'boolean' }, ['fields'])(read, index, place),
  )
}

function checkColumn(read: Reader, value: unknown, path: string): void {
  members(columnShape, ['type'])(read, value, path)
  if (isObject(value) && isObject(value.references)) {
    members(columnShape.references, ['entity', 'field', 'onDelete', 'onUpdate'])(
      read,
      value.references,
      `${path}.references`,
    )
  }
}
