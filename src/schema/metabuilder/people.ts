/** Who signs in: users, their credentials and their sessions. */

import { f } from '../fields.ts'

export const User = {
  fields: {
    id: f.id(),
    username: f.string({
      required: true,
      unique: true,
      caseInsensitive: true,
      min: 3,
      max: 50,
      pattern: '^[a-zA-Z0-9_-]+$',
    }),
    email: f.email({ required: true, unique: true, caseInsensitive: true, max: 255 }),
    role: f.enum(['user', 'admin', 'god', 'supergod'], { default: 'user' }),
    profilePicture: f.string({ max: 2048 }),
    bio: f.text(),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  indexes: [['role']],
  search: ['username', 'email'],
  principal: { role: 'role' },
  rules: [
    {
      roles: ['user'],
      operations: ['read', 'update'],
      rowFilter: 'id = $user.id',
      fields: { write: ['username', 'email', 'profilePicture', 'bio'] },
    },
    { roles: ['admin', 'god', 'supergod'], operations: ['create', 'read', 'update', 'delete'] },
  ],
} as const

export const Credential = {
  fields: {
    id: f.id(),
    // Compared as User.username is, so that one user has one credential.
    username: f.string({
      required: true,
      unique: true,
      caseInsensitive: true,
      references: 'User.username',
      onDelete: 'cascade',
      onUpdate: 'cascade',
    }),
    passwordHash: f.string({ required: true, hidden: true }),
    firstLogin: f.boolean({ default: true }),
    createdAt: f.createdAt(),
    updatedAt: f.updatedAt(),
  },
  system: true,
} as const

export const Session = {
  fields: {
    id: f.id(),
    userId: f.uuid({ required: true, references: 'User.id', onDelete: 'cascade' }),
    /** The SHA-256 of the token. */
    token: f.string({ required: true, unique: true, hidden: true }),
    expiresAt: f.datetime({ required: true }),
    lastActivity: f.datetime(),
    createdAt: f.createdAt(),
  },
  indexes: [['userId'], ['expiresAt']],
  ttl: 'expiresAt',
  limits: { list: 50, maximum: 200 },
  system: true,
} as const
