/** The subpath `./schema`: making schemas, from code, YAML, zod and SQLite files, and reading them as JSON Schema. */

export {
  type Definitions,
  defineSchema,
  type EntityRule,
  type EntitySource,
  type RuleSource,
  type Schema,
  type SchemaOptions,
  schemaFromData,
  withRules,
} from './define.ts'
export { type Field, type FieldMode, f } from './fields.ts'
export { type EntityExtras, type FieldExtras, fromZod } from './from-zod.ts'
export type {
  AccessorsOf,
  AggregateOptionsOf,
  AggregateRowOf,
  AnySchema,
  Direction,
  EntityName,
  FilterOf,
  IdOf,
  IncludedOf,
  IncludeOf,
  InsertOf,
  KyselyDatabaseOf,
  ListOptionsOf,
  Page,
  RowOf,
  SelectedOf,
  SortOf,
  UniqueOf,
  UpdateOf,
} from './infer.ts'
export {
  type Introspection,
  type IntrospectionQuery,
  introspectSqlite,
} from './introspect/introspect-sqlite.ts'
export { type EntityJsonSchemas, type JsonSchema, toJsonSchema } from './json-schema.ts'
export { type Relations, relationsOf } from './relations.ts'
export { parseRowFilter, type RowFilter, type RowFilterScope } from './row-filter.ts'
export type {
  EntityData,
  FieldData,
  FieldType,
  IndexData,
  JsonValue,
  Reference,
  ReferenceAction,
  Relation,
  RuleData,
  SchemaData,
} from './schema.ts'
export { fromYaml } from './yaml.ts'
