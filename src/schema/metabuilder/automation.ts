/** What a site does: workflows, scripts and packages. */

import { f } from '../fields.ts'

export const Workflow = {
  fields: {
    id: f.id(),
    name: f.string({ required: true, unique: true, min: 1, max: 255 }),
    description: f.text(),
    trigger: f.enum(['manual', 'schedule', 'event', 'webhook'], { required: true }),
    triggerConfig: f.json({ default: {} }),
    steps: f.json({ required: true }),
    isActive: f.boolean({ default: true }),
    createdBy: f.uuid({ required: true, references: 'User.id', onDelete: 'restrict' }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [['trigger'], ['isActive'], ['createdBy']],
  rules: [{ roles: ['god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] }],
} as const

/** What a Lua script may name unless it defines it itself. */
export const luaGlobals = [
  'assert',
  'error',
  'ipairs',
  'next',
  'pairs',
  'pcall',
  'select',
  'tonumber',
  'tostring',
  'type',
  'unpack',
  'xpcall',
  'string',
  'table',
  'math',
  'bit32',
  'print',
  'log',
] as const

export const LuaScript = {
  fields: {
    id: f.id(),
    name: f.string({ required: true, unique: true, min: 1, max: 255 }),
    description: f.text(),
    code: f.text({ required: true, scan: 'lua' }),
    isSandboxed: f.boolean({ default: true }),
    allowedGlobals: f.jsonOf<readonly (typeof luaGlobals)[number][]>()({ default: [], subsetOf: luaGlobals }),
    timeoutMs: f.integer({ default: 5000, min: 100, max: 30_000 }),
    createdBy: f.uuid({ required: true, references: 'User.id', onDelete: 'restrict' }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [['createdBy']],
  rules: [{ roles: ['god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] }],
} as const

export const InstalledPackage = {
  fields: {
    id: f.id(),
    name: f.string({ required: true, min: 1, max: 255 }),
    version: f.string({ required: true, pattern: '^\\d+\\.\\d+\\.\\d+$' }),
    description: f.text(),
    author: f.string({ required: true, min: 1, max: 255 }),
    manifest: f.json({ required: true }),
    isInstalled: f.boolean({ default: false }),
    installedAt: f.datetime(),
    installedBy: f.uuid({ references: 'User.id', onDelete: 'setNull' }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [{ fields: ['name', 'version'], unique: true }, ['isInstalled']],
  rules: [
    { roles: ['admin'], operations: ['read'] },
    { roles: ['god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] },
  ],
} as const
