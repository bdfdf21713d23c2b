/** What `db.introspection` tells: the schema of the client, its entities as tables, without asking the database. */

import type { ColumnMetadata, DatabaseIntrospector, SchemaMetadata, TableMetadata } from 'kysely'
import type { FieldData, SchemaData } from '../schema/schema.ts'

export class SchemaIntrospector implements DatabaseIntrospector {
  readonly #schema: SchemaData

  constructor(schema: SchemaData) {
    this.#schema = schema
  }

  /** There is one schema, and it has no name. */
  async getSchemas(): Promise<SchemaMetadata[]> {
    return []
  }

  async getTables(): Promise<TableMetadata[]> {
    return Object.entries(this.#schema.entities)
      .filter(([, { system }]) => !system)
      .map(([name, { kind, fields }]) => ({
        name,
        isView: kind === 'view',
        isForeign: false,
        columns: Object.entries(fields).flatMap(([field, data]) =>
          data.hidden ? [] : columnOf(field, data),
        ),
      }))
  }
}

const columnOf = (name: string, field: FieldData): ColumnMetadata => ({
  name,
  dataType: field.type,
  isAutoIncrementing: field.generated === 'rowid',
  isNullable: field.nullable,
  hasDefaultValue: field.default !== undefined || field.generated !== undefined,
})
