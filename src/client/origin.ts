/** Where an entity's handle comes from, for code that is given a handle alone (`src/react`). */

import type { Schema } from '../schema/define.ts'
import type { ClientCore } from './client.ts'

export interface Origin {
  readonly client: ClientCore<Schema>
  /** Name of the entity. */
  readonly entity: string
  readonly primaryKey: readonly string[]
}

// From the registry of symbols: two copies of the package in one page still know each other's handles.
const origin = Symbol.for('@metabuilder/dbal/origin')

export function setOrigin<H extends object>(handle: H, value: Origin): H {
  return Object.defineProperty(handle, origin, { value })
}

/** Undefined for what is no handle of a client. */
export function originOf(handle: unknown): Origin | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined
  return (handle as { readonly [origin]?: Origin })[origin]
}
