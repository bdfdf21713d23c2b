/** What an entity can be asked by itself: that all it says over its fields is said of fields it has. */

import { ruleOperations } from '../protocol/operations.ts'
import { roles } from '../protocol/principal.ts'
import { checkField } from './check-field.ts'
import type { Reader } from './read.ts'
import type { EntityData, FieldType } from './schema.ts'

const keyTypes: readonly FieldType[] = ['uuid', 'string', 'integer', 'bigint']
const textTypes: readonly FieldType[] = ['string', 'text', 'email', 'uuid', 'enum', 'any']

export function checkEntity(read: Reader, entity: EntityData, path: string, lenient: boolean): void {
  const { fields, primaryKey, indexes, search, ttl, rules, kind, principal, tree, limits } = entity
  const note = (place: string, message: string) => read.note(`${path}.${place}`, message)

  const check = (name: string, place: string, allowed?: readonly FieldType[]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) note(place, `"${name}" is not a field of ${path}`)
    else if (allowed && !allowed.includes(field.type))
      note(place, `"${name}" is a ${field.type}, not ${allowed.join(' or ')}`)
    return field
  }
  const checkAll = (names: readonly string[] = [], place: string, allowed?: readonly FieldType[]) =>
    names.map((name, at) => check(name, `${place}[${at}]`, allowed))

  for (const [name, field] of Object.entries(fields)) {
    if (!lenient && /^(and|or|not)$/.test(name)) note(`fields.${name}`, 'is a reserved name: filters use it')
    checkField(read, field, `${path}.fields.${name}`, lenient)
  }
  if (kind === 'table' && !primaryKey.length) note('primaryKey', 'is missing: mark a field as primary')
  for (const field of checkAll(primaryKey, 'primaryKey')) {
    if (field?.nullable && !lenient) note('primaryKey', 'cannot hold a nullable field')
  }
  for (const [at, field] of checkAll(search, 'search', textTypes).entries()) {
    if (field?.hidden) note(`search[${at}]`, 'is hidden: a search would give it away')
  }
  if (ttl) check(ttl, 'ttl', ['datetime'])
  if (principal) check(principal.role, 'principal.role', ['enum'])
  if (tree) {
    check(tree.parent, 'tree.parent', keyTypes)
    check(tree.within, 'tree.within', keyTypes)
    check(tree.order, 'tree.order', ['integer'])
  }
  const isCount = (count: number) => Number.isSafeInteger(count) && count > 0
  const { list = 1, maximum = list } = limits
  if (!isCount(list) || !isCount(maximum) || list > maximum) {
    note('limits', 'must be whole numbers, list at most maximum')
  }

  const taken = [primaryKey.join(), ...Object.keys(fields).filter((name) => fields[name]?.unique)]
  for (const [at, index] of indexes.entries()) {
    checkAll(index.fields, `indexes[${at}]`)
    const columns = index.fields.join()
    if (!columns) note(`indexes[${at}]`, 'names no field')
    if (taken.includes(columns)) note(`indexes[${at}]`, `is a duplicate: ${columns} has an index`)
    taken.push(columns)
  }

  for (const [at, rule] of rules.entries()) {
    const choices = { roles: [...roles, 'system'], operations: ruleOperations } as const
    for (const part of ['roles', 'operations'] as const) {
      const known: readonly string[] = choices[part]
      const bad =
        rule[part]?.find((name) => !known.includes(name)) ?? (rule[part]?.length ? undefined : 'nothing')
      if (bad) note(`rules[${at}].${part}`, `${bad} is not of ${known.join(', ')}`)
    }
    checkAll(rule.fields?.read, `rules[${at}].fields.read`)
    checkAll(rule.fields?.write, `rules[${at}].fields.write`)
  }
}
