/** The options of a client: their types, their defaults, and what is wrong with them, said at construction. */

import { type Issue, invalid, invalidAll } from '../protocol/error.ts'
import { defaultLimits, type Limits } from '../protocol/limits.ts'
import { type Role, roles } from '../protocol/principal.ts'
import { type EntityRule, type Schema, withRules } from '../schema/define.ts'
import type { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { SchemaData } from '../schema/schema.ts'
import type { Identity, MigrationSource, OpenConfig } from '../transport/open-config.ts'
import type { Transport } from '../transport/transport.ts'
import type { SignedIn } from './auth.ts'

export type { MigrationSource, Transport }

/** Who is signed in, as the app says. The row need not exist; members beside these four are ignored, so a User row fits. */
export interface ClientUser {
  readonly id: string
  readonly role: Role
  readonly username?: string | null | undefined
  readonly email?: string | null | undefined
}

export type ClientSession = string | { readonly id: string }

export interface DatabaseOptions {
  /** One name is one database in this origin. Default: `app`. */
  readonly name?: string | undefined
  /** `strict`: a reply means that the write is on disk. `relaxed`: a power cut may take the last ones. Default: `strict`. */
  readonly durability?: 'strict' | 'relaxed' | undefined
  /** `required` fails where `preferred` steps down to a weaker storage and says so in `ready`. Default: `preferred`. */
  readonly persistence?: 'preferred' | 'required' | 'memory' | undefined
  /** Makes the worker: one of the app's own. Default: the package's, found beside it. */
  readonly worker?: (() => Worker) | undefined
}

export interface SecurityOptions {
  /** `permissive` allows everything and records what it would deny; `disabled` does not look. Default: `strict`. */
  readonly sandbox?: 'strict' | 'permissive' | 'disabled' | undefined
  /** Default: true. */
  readonly auditLog?: boolean | undefined
  /** Takes SQL text from supergods (`client.sql`), reads only. Not with `strict`: no rule holds for it. Default: false. */
  readonly rawSql?: boolean | undefined
}

export interface ClientOptions<S extends Schema = typeof metabuilderSchema> {
  /** `production` needs `endpoint`; it never falls back to a local database. Default: `development`. */
  readonly mode?: 'development' | 'production' | undefined
  readonly adapter?: 'sqlite-wasm' | undefined
  /** Default: the MetaBuilder schema. */
  readonly schema?: S | undefined
  /** These stand in place of all rules of the schema. Default: the schema's own. */
  readonly rules?: readonly EntityRule[] | undefined
  /** Default: the schema's own. */
  readonly migrations?: readonly MigrationSource[] | undefined
  readonly database?: DatabaseOptions | undefined
  /** Default: nobody is signed in, the role is `public`. */
  readonly auth?:
    | {
        readonly user?: ClientUser | null | undefined
        readonly session?: ClientSession | null | undefined
        /** An access token of `client.auth`, in place of `user`. One that is not valid makes calls UNAUTHORIZED. */
        readonly token?: string | undefined
        /** A refresh token of `client.auth`, in place of `user`: calls made before the answer are `public`. Needs `onTokens`. */
        readonly refreshToken?: string | undefined
        /** Told every new pair of tokens. The client then renews them by itself, in time. */
        readonly onTokens?: ((signedIn: SignedIn) => void) | undefined
      }
    | undefined
  readonly security?: SecurityOptions | undefined
  /** Address of a daemon, for `production`: `wss://db.example.com`. Not looked at in development. */
  readonly endpoint?: string | undefined
  /** Milliseconds that a call may take, its tries included. Default: 30,000. */
  readonly timeout?: number | undefined
  /** Limits of the engine, where they differ from its defaults. */
  readonly limits?: Partial<Omit<Limits, 'queryTimeoutMs'>> | undefined
  /** A way to an engine other than a worker: tests, scripts, Node. */
  readonly transport?: Transport | undefined
}

export interface OpenFileOptions {
  /** Keeps the copy as a database of this name. Default: in memory, gone with the client. */
  readonly name?: string | undefined
  /** Who may do what. Default: the opener may do everything, and nobody else has access. */
  readonly rules?: readonly EntityRule[] | undefined
  readonly auth?: ClientOptions['auth']
}

/** The values that an option may have, the kind of its value, or the options inside of it. */
type Rule =
  | readonly string[]
  | 'string'
  | 'boolean'
  | 'number'
  | 'function'
  | 'object'
  | 'list'
  | 'name'
  | 'session'
  | Table
interface Table {
  readonly [option: string]: Rule
}

// What a user holds is looked into by `readIdentity`.
const authTable: Table = { user: 'object', session: 'session' }

const optionsTable: Table = {
  mode: ['development', 'production'],
  adapter: ['sqlite-wasm'],
  schema: 'object',
  rules: 'list',
  migrations: 'list',
  database: {
    name: 'name',
    durability: ['strict', 'relaxed'],
    persistence: ['preferred', 'required', 'memory'],
    worker: 'function',
  },
  auth: { ...authTable, token: 'string', refreshToken: 'string', onTokens: 'function' },
  security: { sandbox: ['strict', 'permissive', 'disabled'], auditLog: 'boolean', rawSql: 'boolean' },
  endpoint: 'string',
  timeout: 'number',
  limits: 'object',
  transport: 'object',
}

const fileTable: Table = { name: 'name', rules: 'list', auth: authTable }

const userTable: Table = { id: 'string', role: roles, username: 'string', email: 'string' }

/** The longest delay that a browser's timer takes. */
const mostNumber = 2 ** 31 - 1

/** A database's name becomes that of a folder and of locks. */
const namePattern = /^(?!\.+$)[^/\\\p{Cc}]{1,100}$/u

const defaultDatabase: OpenConfig['database'] = {
  name: 'app',
  durability: 'strict',
  persistence: 'preferred',
}
const defaultSecurity: OpenConfig['security'] = { sandbox: 'strict', auditLog: true, rawSql: false }

/**
 * Schema, rules, migrations and limits are looked into where they are put to use, by the host.
 * @param builtin the schema when none is given
 * @throws DBALError VALIDATION_ERROR naming the option
 */
export function readOptions(
  options: ClientOptions<never>,
  builtin: SchemaData,
): OpenConfig & { schema: SchemaData } {
  const issues = check(options, optionsTable)
  const { mode, endpoint, auth, rules, migrations, timeout = defaultLimits.queryTimeoutMs } = options ?? {}
  const identity = readIdentity(auth, issues)
  const schema: SchemaData | null = options?.schema === undefined ? builtin : options.schema
  if (typeof schema?.entities !== 'object')
    issues.push({ path: 'schema', message: 'must be made by defineSchema' })
  if (mode === 'production' && !endpoint)
    issues.push({ path: 'endpoint', message: 'must be given in mode production' })
  if (auth?.token && auth.user) issues.push({ path: 'auth.token', message: 'stands in place of auth.user' })
  if (auth?.refreshToken && !auth.onTokens)
    issues.push({ path: 'auth.onTokens', message: 'must take the next token: a refresh token works once' })
  if (auth?.refreshToken && (auth.user || auth.token))
    issues.push({ path: 'auth.refreshToken', message: 'stands in place of auth.user and auth.token' })
  const isRemote = mode === 'production'
  if (isRemote && endpoint && !isSocketAddress(endpoint))
    issues.push({ path: 'endpoint', message: 'must be the address of a daemon: wss://db.example.com' })
  if (isRemote && auth?.user)
    issues.push({ path: 'auth.user', message: 'is not for production: a daemon believes tokens only' })
  refuse(issues)
  return {
    ...(isRemote && { endpoint: endpoint as string }),
    schema: rules ? withRules(schema as Schema, rules) : schema,
    database: { ...defaultDatabase, ...given(options.database) },
    security: { ...defaultSecurity, ...given(options.security) },
    auth: auth?.token ? { token: auth.token } : identity,
    timeoutMs: timeout,
    limits: given(options.limits),
    ...(migrations && { migrations }),
  }
}

/** @throws DBALError VALIDATION_ERROR naming the option */
export function readFileOptions(options: OpenFileOptions): OpenConfig {
  const issues = check(options, fileTable)
  const { name, rules, auth } = options ?? {}
  const identity = readIdentity(auth, issues)
  refuse(issues)
  return {
    schema: null,
    database: { ...defaultDatabase, ...(name ? { name } : { name: 'file', persistence: 'memory' }) },
    security: defaultSecurity,
    auth: identity,
    timeoutMs: defaultLimits.queryTimeoutMs,
    ...(rules && { rules }),
  }
}

function check(options: unknown, table: Table, front = ''): Issue[] {
  if (typeof options !== 'object' || !options)
    return [{ path: front.slice(0, -1), message: 'must be an object' }]
  return Object.entries(options).flatMap(([name, value]) => {
    const path = front + name
    const rule = Object.hasOwn(table, name) && table[name]
    if (!rule) return [{ path, message: `is unknown; there are ${Object.keys(table).join(', ')}` }]
    if (value === undefined) return []
    if (isTable(rule)) return check(value, rule, `${path}.`)
    const message = problem(value, rule)
    return message ? [{ path, message }] : []
  })
}

const isTable = (rule: Rule): rule is Table => typeof rule === 'object' && !Array.isArray(rule)

/** What is wrong with a value, in words. */
function problem(value: unknown, rule: Exclude<Rule, Table>): string | false {
  if (rule === 'list') return !Array.isArray(value) && 'must be a list'
  if (rule === 'name')
    return (
      !(typeof value === 'string' && namePattern.test(value)) &&
      'must be at most 100 characters, without / and \\'
    )
  if (rule === 'number') {
    const isCount = Number.isInteger(value) && (value as number) > 0 && (value as number) <= mostNumber
    return !isCount && `must be a whole number from 1 to ${mostNumber}`
  }
  if (rule === 'session')
    return value !== null && !sessionIdOf(value as ClientSession) && 'must be an id, or an object with one'
  if (typeof rule === 'string') return (typeof value !== rule || value === '') && `must be of type ${rule}`
  return !rule.includes(value as string) && `must be one of ${rule.join(', ')}`
}

/** A name or password in it would count for nothing, and stand in messages of errors. */
function isSocketAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hash, username, password } = new URL(text)
  return /^wss?:$/.test(protocol) && hash + username + password === ''
}

/** A whole row of User will do: what is beside these four is not looked at. */
function readIdentity(auth: ClientOptions['auth'], issues: Issue[]): Identity | null {
  const { user, session } = auth ?? {}
  if (typeof user !== 'object' || !user) return null
  const { id, role, username, email } = user
  const identity = {
    id: id ?? '',
    role: role ?? '',
    username: username ?? undefined,
    email: email ?? undefined,
  }
  issues.push(...check(identity, userTable, 'auth.user.'))
  // `public` is nobody.
  return role === 'public' ? null : (given({ ...identity, session: sessionIdOf(session) }) as Identity)
}

function sessionIdOf(session: ClientSession | null | undefined): string | undefined {
  const id = typeof session === 'object' ? session?.id : session
  return typeof id === 'string' && id ? id : undefined
}

/** Without what is undefined, which is as good as not given. */
function given<T extends object>(options: T | undefined) {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof T]: Exclude<T[Name], undefined> }
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw invalidAll(issues)
}

/** The bytes of whatever holds a file. */
export async function readFile(file: Blob | ArrayBuffer | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (file instanceof Uint8Array) return file.slice()
  if (file instanceof ArrayBuffer) return new Uint8Array(file.slice())
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer())
  throw invalid('file', 'must be a File, a Blob, an ArrayBuffer or a Uint8Array')
}
