/** The schema as the engine works with it: looked up by name, with relations and column types worked out once. */

import type { ColumnType } from '../drivers/driver.ts'
import { invalid } from '../protocol/error.ts'
import { relationsOf } from '../schema/relations.ts'
import type { EntityData, FieldData, Relation, SchemaData } from '../schema/schema.ts'
import { columnTypeOf } from './dialect.ts'

export interface FieldModel {
  readonly name: string
  readonly data: FieldData
  readonly column: ColumnType
  /** Position in the entity's fields. */
  readonly index: number
}

export class EntityModel {
  readonly name: string
  readonly data: EntityData
  readonly fields: readonly FieldModel[]
  readonly primaryKey: readonly FieldModel[]
  readonly relations: ReadonlyMap<string, Relation>
  readonly #byName: ReadonlyMap<string, FieldModel>

  constructor(name: string, data: EntityData, relations: readonly Relation[]) {
    this.name = name
    this.data = data
    this.fields = Object.entries(data.fields).map(([field, fieldData], index) => ({
      name: field,
      data: fieldData,
      column: columnTypeOf(fieldData.type),
      index,
    }))
    this.#byName = new Map(this.fields.map((field) => [field.name, field]))
    this.primaryKey = data.primaryKey.map((field) => this.#byName.get(field) as FieldModel)
    this.relations = new Map(relations.map((relation) => [relation.name, relation]))
  }

  field(name: string): FieldModel | undefined {
    return this.#byName.get(name)
  }

  /** What `read`, `update` and `delete` take as the id: the key's value, or an object of them for a composite key. */
  idOf(row: Readonly<Record<string, unknown>>): unknown {
    const [only, ...more] = this.primaryKey
    if (only && more.length === 0) return row[only.name]
    return Object.fromEntries(this.primaryKey.map((field) => [field.name, row[field.name]]))
  }
}

export class Model {
  readonly schema: SchemaData
  readonly entities: ReadonlyMap<string, EntityModel>

  constructor(schema: SchemaData) {
    this.schema = schema
    const relations = relationsOf(schema)
    this.entities = new Map(
      Object.entries(schema.entities).map(([name, data]) => [
        name,
        new EntityModel(name, data, relations[name] ?? []),
      ]),
    )
  }

  /** @throws DBALError VALIDATION_ERROR for a name that is no entity of the schema */
  entity(name: unknown): EntityModel {
    const entity = typeof name === 'string' ? this.entities.get(name) : undefined
    if (!entity)
      throw invalid('entity', `${JSON.stringify(String(name).slice(0, 80))} is not an entity of this schema`)
    return entity
  }
}
