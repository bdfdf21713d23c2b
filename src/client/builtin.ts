/** Operations that only the built-in schema has, beside those of every entity. */

import type { Schema } from '../schema/define.ts'
import type { Page, RowOf } from '../schema/infer.ts'
import type { Given, Way } from './entity.ts'

/** A node of a page's component tree with everything under it. */
export type TreeNode<S extends Schema> = RowOf<S, 'ComponentNode'> & {
  readonly children: readonly TreeNode<S>[]
}

export interface PageOptions {
  readonly limit?: number
  readonly page?: number
  readonly cursor?: string
}

export interface BuiltinOperations<S extends Schema, W extends Way> {
  Credential: {
    /** @throws DBALError RATE_LIMIT_EXCEEDED after 5 failed attempts in 300 s */
    verify(username: string, password: string): Given<W, boolean>
    /** One's own with `currentPassword`; another's for admin and above. Ends that user's sessions. */
    set(input: {
      readonly username: string
      readonly password: string
      readonly currentPassword?: string
    }): Given<W, true>
    /** Whether the password is still the first one. */
    firstLogin(username: string): Given<W, boolean>
    /** Default value: false. */
    setFirstLogin(username: string, value?: boolean): Given<W, true>
  }
  PageConfig: {
    /** @throws DBALError NOT_FOUND */
    getBySlug(slug: string): Given<W, RowOf<S, 'PageConfig'>>
    listByLevel(level: number, options?: PageOptions): Given<W, Page<RowOf<S, 'PageConfig'>>>
  }
  ComponentNode: {
    /** The roots of a page's whole tree, children in order. */
    getTree(pageId: string): Given<W, TreeNode<S>[]>
    /** Gives siblings their places: all of them, or none. */
    reorder(places: readonly { readonly id: string; readonly order: number }[]): Given<W, true>
    /** Puts a node under another node of its page, or among the roots (null), and renumbers the siblings. */
    move(id: string, newParentId: string | null, order: number): Given<W, RowOf<S, 'ComponentNode'>>
  }
}
