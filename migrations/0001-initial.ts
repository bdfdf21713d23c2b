/** Users, credentials, sessions, pages, components, workflows, scripts and packages: the schema at its first release. */

import type { Migration } from '../src/schema/migration.ts'

export const initial: Migration = {
  version: 1,
  name: 'initial',
  up: [
    {
      createEntity: {
        name: 'User',
        columns: {
          id: { type: 'uuid' },
          username: {
            type: 'string',
            unique: true,
            caseInsensitive: true,
            min: 3,
            max: 50,
            pattern: '^[a-zA-Z0-9_-]+$',
          },
          email: { type: 'email', unique: true, caseInsensitive: true, max: 255 },
          role: { type: 'enum', values: ['user', 'admin', 'god', 'supergod'], default: 'user' },
          profilePicture: { type: 'string', nullable: true, max: 2048 },
          bio: { type: 'text', nullable: true },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['role'] }],
      },
    },
    {
      createEntity: {
        name: 'Credential',
        columns: {
          id: { type: 'uuid' },
          username: {
            type: 'string',
            unique: true,
            caseInsensitive: true,
            references: { entity: 'User', field: 'username', onDelete: 'cascade', onUpdate: 'cascade' },
          },
          passwordHash: { type: 'string' },
          firstLogin: { type: 'boolean', default: true },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [],
      },
    },
    {
      createEntity: {
        name: 'Session',
        columns: {
          id: { type: 'uuid' },
          userId: {
            type: 'uuid',
            references: { entity: 'User', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
          },
          token: { type: 'string', unique: true },
          expiresAt: { type: 'datetime' },
          lastActivity: { type: 'datetime', nullable: true },
          createdAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['userId'] }, { fields: ['expiresAt'] }],
      },
    },
    {
      createEntity: {
        name: 'PageConfig',
        columns: {
          id: { type: 'uuid' },
          slug: { type: 'string', unique: true, max: 255, pattern: '^[a-z0-9-/]+$' },
          title: { type: 'string', min: 1, max: 255 },
          description: { type: 'text', nullable: true },
          icon: { type: 'string', nullable: true, max: 255 },
          level: { type: 'integer', min: 1, max: 5 },
          layout: { type: 'json', default: {} },
          isPublished: { type: 'boolean', default: true },
          sortOrder: { type: 'integer', min: 0, default: 0 },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['level'] }, { fields: ['isPublished'] }],
      },
    },
    {
      createEntity: {
        name: 'ComponentNode',
        columns: {
          id: { type: 'uuid' },
          pageId: {
            type: 'uuid',
            references: { entity: 'PageConfig', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
          },
          parentId: {
            type: 'uuid',
            nullable: true,
            references: { entity: 'ComponentNode', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
          },
          type: { type: 'string', min: 1, max: 100 },
          order: { type: 'integer', min: 0, default: 0 },
          props: { type: 'json', default: {} },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['pageId', 'parentId', 'order'] }],
      },
    },
    {
      createEntity: {
        name: 'Workflow',
        columns: {
          id: { type: 'uuid' },
          name: { type: 'string', unique: true, min: 1, max: 255 },
          description: { type: 'text', nullable: true },
          trigger: { type: 'enum', values: ['manual', 'schedule', 'event', 'webhook'] },
          triggerConfig: { type: 'json', default: {} },
          steps: { type: 'json' },
          isActive: { type: 'boolean', default: true },
          createdBy: {
            type: 'uuid',
            references: { entity: 'User', field: 'id', onDelete: 'restrict', onUpdate: 'noAction' },
          },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['trigger'] }, { fields: ['isActive'] }, { fields: ['createdBy'] }],
      },
    },
    {
      createEntity: {
        name: 'LuaScript',
        columns: {
          id: { type: 'uuid' },
          name: { type: 'string', unique: true, min: 1, max: 255 },
          description: { type: 'text', nullable: true },
          code: { type: 'text' },
          isSandboxed: { type: 'boolean', default: true },
          allowedGlobals: { type: 'json', default: [] },
          timeoutMs: { type: 'integer', min: 100, max: 30000, default: 5000 },
          createdBy: {
            type: 'uuid',
            references: { entity: 'User', field: 'id', onDelete: 'restrict', onUpdate: 'noAction' },
          },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['createdBy'] }],
      },
    },
    {
      createEntity: {
        name: 'InstalledPackage',
        columns: {
          id: { type: 'uuid' },
          name: { type: 'string', min: 1, max: 255 },
          version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
          description: { type: 'text', nullable: true },
          author: { type: 'string', min: 1, max: 255 },
          manifest: { type: 'json' },
          isInstalled: { type: 'boolean', default: false },
          installedAt: { type: 'datetime', nullable: true },
          installedBy: {
            type: 'uuid',
            nullable: true,
            references: { entity: 'User', field: 'id', onDelete: 'setNull', onUpdate: 'noAction' },
          },
          createdAt: { type: 'datetime' },
          updatedAt: { type: 'datetime' },
        },
        primaryKey: ['id'],
        indexes: [{ fields: ['name', 'version'], unique: true }, { fields: ['isInstalled'] }],
      },
    },
  ],
  down: [
    { dropEntity: 'InstalledPackage' },
    { dropEntity: 'LuaScript' },
    { dropEntity: 'Workflow' },
    { dropEntity: 'ComponentNode' },
    { dropEntity: 'PageConfig' },
    { dropEntity: 'Session' },
    { dropEntity: 'Credential' },
    { dropEntity: 'User' },
  ],
}
