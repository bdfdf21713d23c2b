/** The built-in schema: what a client has when it is given no other. */

import type { Schema, ShapesOf } from '../define.ts'
import { normalise } from '../normalise.ts'
import { InstalledPackage, LuaScript, Workflow } from './automation.ts'
import { ComponentNode, PageConfig } from './pages.ts'
import { Credential, Session, User } from './people.ts'

export { luaGlobals } from './automation.ts'

/**
 * The definitions, to build upon: `defineSchema({ ...metabuilderDefinitions, Note: { … } }, { name: 'metabuilder' })`.
 * The name `metabuilder` keeps the operations that belong to these entities.
 */
export const metabuilderDefinitions = {
  User,
  Credential,
  Session,
  PageConfig,
  ComponentNode,
  Workflow,
  LuaScript,
  InstalledPackage,
}

export type MetabuilderShapes = ShapesOf<typeof metabuilderDefinitions>

/** Not checked where it is loaded: the tests pass it through `defineSchema`. */
export const metabuilderSchema: Schema<MetabuilderShapes> = normalise('metabuilder', metabuilderDefinitions)
