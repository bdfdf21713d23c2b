/** What a site shows: pages, and the tree of components on each. */

import { f } from '../fields.ts'

export const PageConfig = {
  fields: {
    id: f.id(),
    slug: f.string({ required: true, unique: true, max: 255, pattern: '^[a-z0-9-/]+$' }),
    title: f.string({ required: true, min: 1, max: 255 }),
    description: f.text(),
    icon: f.string({ max: 255 }),
    level: f.integer({ required: true, min: 1, max: 5 }),
    layout: f.json({ default: {} }),
    isPublished: f.boolean({ default: true }),
    sortOrder: f.integer({ default: 0, min: 0 }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [['level'], ['isPublished']],
  rules: [
    { roles: ['public'], operations: ['read'], rowFilter: 'level <= $user.level and isPublished = true' },
    { roles: ['user', 'admin'], operations: ['read'], rowFilter: 'level <= $user.level' },
    { roles: ['god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] },
  ],
} as const

export const ComponentNode = {
  fields: {
    id: f.id(),
    pageId: f.uuid({ required: true, references: 'PageConfig.id', onDelete: 'cascade' }),
    parentId: f.uuid({ references: 'ComponentNode.id', onDelete: 'cascade' }),
    type: f.string({ required: true, min: 1, max: 100 }),
    order: f.integer({ default: 0, min: 0 }),
    props: f.json({ default: {} }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [['pageId', 'parentId', 'order']],
  tree: { parent: 'parentId', within: 'pageId', order: 'order' },
  limits: { list: 50, maximum: 200 },
  rules: [{ roles: ['god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] }],
} as const
