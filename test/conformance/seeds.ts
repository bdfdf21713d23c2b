/** Steps that many cases begin with. Each saves its row under the name that it is given. */

import type { As, CallStep, Json } from './case.ts'

type More = { readonly [field: string]: Json }

export const user = (name: string, role = 'user', more: More = {}): CallStep => ({
  as: 'supergod',
  call: ['User.create', { username: name, email: `${name}@example.com`, role, ...more }],
  save: name,
})

/** A page is called by its slug. */
export const page = (slug: string, more: More = {}): CallStep => ({
  as: 'god',
  call: ['PageConfig.create', { slug, title: slug, level: 1, ...more }],
  save: slug,
})

export const node = (name: string, pageName: string, more: More = {}): CallStep => ({
  as: 'god',
  call: ['ComponentNode.create', { pageId: `$${pageName}.id`, type: name, ...more }],
  save: name,
})

export const workflow = (name: string, owner: string, more: More = {}): CallStep => ({
  as: 'god',
  call: ['Workflow.create', { name, trigger: 'manual', steps: [], createdBy: `$${owner}.id`, ...more }],
  save: name,
})

export const script = (name: string, owner: string, more: More = {}): CallStep => ({
  as: 'god',
  call: ['LuaScript.create', { name, code: 'return 1', createdBy: `$${owner}.id`, ...more }],
  save: name,
})

export const pack = (name: string, version = '1.0.0', more: More = {}): CallStep => ({
  as: 'god',
  call: ['InstalledPackage.create', { name, version, author: 'somebody', manifest: {}, ...more }],
  save: name,
})

export const password = 'Correct-horse7'
export const otherPassword = 'Another-horse8'

export const credential = (username: string, as: As = 'supergod'): CallStep => ({
  as,
  call: ['Credential.set', { username, password }],
})

/** An id that no row ever has. */
export const nobody = '01890000-0000-7000-8000-00000000dead'
