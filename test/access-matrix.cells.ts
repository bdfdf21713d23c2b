/**
 * Who may do what, written from the reference (docs/reference/access.md) and not taken from the schema's rules: the access
 * matrix holds the engine to it, cell by cell.
 */

export const roles = ['public', 'user', 'admin', 'god', 'supergod'] as const
export type Role = (typeof roles)[number]
const levelOf = (role: Role) => roles.indexOf(role) + 1

export type Right = 'create' | 'read' | 'update' | 'delete'
const all: readonly Right[] = ['create', 'read', 'update', 'delete']
const none: readonly Right[] = []

/** A kind of row, as far as a rule may care. */
export interface Kind {
  readonly name: string
  /** The caller's own: their User row, or a row that names them as its maker. */
  readonly own?: true
  /** Of a User row that is not the caller's. */
  readonly role?: Exclude<Role, 'public'>
  readonly level?: number
  readonly isPublished?: boolean
}

export interface EntityCells {
  readonly kinds: readonly Kind[]
  /** What the role may do with a row of the kind. */
  rights(role: Role, kind: Kind): readonly Right[]
}

const madeByOne: readonly Kind[] = [{ name: 'own row', own: true }, { name: 'row of another' }]
const anyRow: readonly Kind[] = [{ name: 'any row' }]
const forGods = (role: Role) => (role === 'god' || role === 'supergod' ? all : none)

export const cells: { readonly [entity: string]: EntityCells } = {
  User: {
    kinds: [
      { name: 'own row', own: true },
      ...(['user', 'admin', 'god', 'supergod'] as const).map((role) => ({
        name: `row of another ${role}`,
        role,
      })),
    ],
    rights: (role, { own }) =>
      ({
        public: none,
        user: own ? (['read', 'update'] as const) : none,
        admin: own ? (['read', 'update'] as const) : all,
        god: all,
        supergod: all,
      })[role],
  },
  PageConfig: {
    kinds: [1, 2, 3, 4, 5].flatMap((level) => [
      { name: `published page of level ${level}`, level, isPublished: true },
      { name: `draft of level ${level}`, level, isPublished: false },
    ]),
    rights: (role, { level = 0, isPublished }) =>
      ({
        public: level <= 1 && isPublished ? (['read'] as const) : none,
        user: level <= 2 ? (['read'] as const) : none,
        admin: level <= 3 ? (['read'] as const) : none,
        god: all,
        supergod: all,
      })[role],
  },
  ComponentNode: { kinds: anyRow, rights: forGods },
  Workflow: { kinds: madeByOne, rights: forGods },
  LuaScript: { kinds: madeByOne, rights: forGods },
  InstalledPackage: { kinds: madeByOne, rights: (role) => (role === 'admin' ? ['read'] : forGods(role)) },
  Credential: { kinds: madeByOne, rights: () => none },
  Session: { kinds: madeByOne, rights: () => none },
}

export type Outcome = 'allowed' | 'NOT_FOUND' | 'FORBIDDEN' | 'empty'

export interface OperationKind {
  readonly needs: Right
  /** Of an operation that finds its rows: those out of reach are not there. */
  readonly finds?: true
}

export const operationKinds = {
  create: { needs: 'create' },
  createMany: { needs: 'create' },
  'upsert of a new row': { needs: 'create' },
  'upsert of a row that is there': { needs: 'update' },
  read: { needs: 'read' },
  list: { needs: 'read', finds: true },
  findFirst: { needs: 'read', finds: true },
  count: { needs: 'read', finds: true },
  aggregate: { needs: 'read', finds: true },
  live: { needs: 'read', finds: true },
  update: { needs: 'update' },
  updateMany: { needs: 'update', finds: true },
  delete: { needs: 'delete' },
  deleteMany: { needs: 'delete', finds: true },
} as const satisfies { readonly [operation: string]: OperationKind }

export type OperationName = keyof typeof operationKinds
export const operationNames = Object.keys(operationKinds) as readonly OperationName[]

/** The reference, put together: rules by role and row, then what nobody does to who outranks them. */
export function expected(entity: string, role: Role, kind: Kind, name: OperationName): Outcome {
  const { needs, finds }: OperationKind = operationKinds[name]
  const { kinds, rights } = cells[entity] as EntityCells
  const hasRule = (right: Right) => kinds.some((one) => rights(role, one).includes(right))
  const isUpsert = name.startsWith('upsert')
  if (isUpsert && !hasRule('create')) return 'FORBIDDEN'
  if (!hasRule(needs)) return 'FORBIDDEN'
  const outranks = entity === 'User' && kind.role !== undefined && levelOf(kind.role) > levelOf(role)
  if (needs === 'create') return outranks ? 'FORBIDDEN' : 'allowed'
  const isSeen = rights(role, kind).includes('read')
  const isReached = rights(role, kind).includes(needs) && !(outranks && needs !== 'read')
  if (isReached) return 'allowed'
  if (finds) return 'empty'
  return isSeen ? 'FORBIDDEN' : 'NOT_FOUND'
}
