/** The schema that the hooks infer their types from. */

import type { MetabuilderSchema } from '../client/client.ts'
import type { Schema } from '../schema/define.ts'
import type { AccessorsOf } from '../schema/infer.ts'
import type { Register } from './index.ts'

/** The app's schema, as told by `Register`; else the built-in one. */
export type RegisteredSchema = Register extends { readonly schema: infer S extends Schema }
  ? S
  : MetabuilderSchema

/** Names of the client's entities: `users`, `pageConfigs`. */
export type AccessorName = keyof AccessorsOf<RegisteredSchema> & string
export type EntityOf<A extends AccessorName> = AccessorsOf<RegisteredSchema>[A] & string
