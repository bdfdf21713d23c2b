/** The input of one entity's writes: which fields may be given, what each takes, what fills the absent ones. */

import type { Issue } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { Row } from '../../protocol/rows.ts'
import type { JsonValue } from '../../schema/schema.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { copyJson } from '../values/json.ts'
import { forbiddenNames, isPlainObject, quoteName } from '../values/plain-object.ts'
import type { Reader } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { fieldCheck } from './field-check.ts'

interface FieldPlan {
  readonly name: string
  readonly check: Reader
  /** Why a caller may not give it at all, or undefined. */
  readonly refusedOnCreate: string | undefined
  readonly refusedOnUpdate: string | undefined
  /** What a create without it stores; undefined for what the engine sets, and for what must be given. */
  readonly absent: JsonValue | undefined
  readonly copyAbsent: boolean
  readonly required: boolean
}

/** More issues than this help nobody. */
export const maxIssues = 100

/** Counts everything that is wrong with one input, or with a list of them. */
export class Issues {
  readonly list: Issue[] = []

  add(path: string, message: string): void {
    if (this.list.length < maxIssues) this.list.push({ path, message })
  }

  get full(): boolean {
    return this.list.length >= maxIssues
  }
}

export class EntityValidator {
  readonly #entity: EntityModel
  readonly #fields: readonly FieldPlan[]
  readonly #byName: ReadonlyMap<string, FieldPlan>

  constructor(entity: EntityModel, limits: Limits) {
    this.#entity = entity
    this.#fields = entity.fields.map((field) =>
      planOf(field, entity.primaryKey.includes(field), limits.maxValueBytes),
    )
    this.#byName = new Map(this.#fields.map((plan) => [plan.name, plan]))
  }

  create(input: unknown, path: string, issues: Issues): Row {
    const row: Row = {}
    if (!isPlainObject(input)) {
      issues.add(path, `must be an object with the fields of ${this.#entity.name}`)
      return row
    }
    let given = 0
    // Every field in the order of the columns, so that all rows have one hidden class and the insert reads them in order.
    for (const plan of this.#fields) {
      const isGiven = Object.hasOwn(input, plan.name)
      if (isGiven) given++
      const value = isGiven ? input[plan.name] : undefined
      if (value !== undefined) row[plan.name] = this.#read(plan, value, path, issues, plan.refusedOnCreate)
      else {
        if (plan.required) issues.add(join(path, plan.name), 'is required')
        row[plan.name] = plan.copyAbsent ? copyJson(plan.absent as JsonValue) : plan.absent
      }
    }
    if (given !== Object.keys(input).length) this.#refuseUnknown(input, path, issues)
    return row
  }

  update(input: unknown, path: string, issues: Issues): Row {
    const row: Row = {}
    if (!isPlainObject(input)) {
      issues.add(path, `must be an object with the fields of ${this.#entity.name} to change`)
      return row
    }
    let unknown = false
    for (const name of Object.keys(input)) {
      const plan = this.#byName.get(name)
      if (!plan) unknown = true
      else if (input[name] !== undefined) {
        row[name] = this.#read(plan, input[name], path, issues, plan.refusedOnUpdate)
      }
    }
    if (unknown) this.#refuseUnknown(input, path, issues)
    return row
  }

  #read(plan: FieldPlan, value: unknown, path: string, issues: Issues, refused: string | undefined): unknown {
    if (refused !== undefined) issues.add(join(path, plan.name), refused)
    else {
      const read = plan.check(value)
      if (!(read instanceof Refusal)) return read
      issues.add(join(path, plan.name) + read.at, read.message)
    }
    return undefined
  }

  #refuseUnknown(input: Readonly<Record<string, unknown>>, path: string, issues: Issues): void {
    for (const name of Object.keys(input)) {
      if (this.#byName.has(name)) continue
      const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
      issues.add(
        join(path, shown),
        forbiddenNames.has(name)
          ? 'is never the name of a field'
          : `${quoteName(name)} is not a field of ${this.#entity.name}`,
      )
      if (issues.full) return
    }
  }
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function planOf(field: FieldModel, isKey: boolean, maxValueBytes: number): FieldPlan {
  const { data, name } = field
  const check = fieldCheck(field, maxValueBytes)
  const engineSets = data.generated !== undefined
  const declared = data.default ?? (data.nullable ? null : undefined)
  // A default is normalised like any value: a datetime in another form, a UUID in capitals.
  const read = declared === undefined || declared === null ? declared : check(declared)
  const absent =
    engineSets || data.required ? undefined : ((read instanceof Refusal ? declared : read) as JsonValue)
  return {
    name,
    check,
    refusedOnCreate:
      engineSets && data.generated !== 'id' && data.generated !== 'rowid'
        ? 'is set by the engine'
        : undefined,
    refusedOnUpdate: isKey
      ? 'is part of the row’s identity and cannot be changed'
      : engineSets
        ? 'is set by the engine'
        : data.immutable
          ? 'can be set on create only'
          : undefined,
    absent,
    copyAbsent: typeof absent === 'object' && absent !== null,
    required: !engineSets && absent === undefined,
  }
}
