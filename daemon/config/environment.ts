/** Every key has a name in the environment: `DBAL_<SECTION>_<KEY>`, as `DBAL_SERVER_TLS_CERT_FILE`. */

import { z } from 'zod'
import { isMisspelt, isShortFor, nearest } from './alike.ts'
import { configShape } from './shape.ts'

export type Environment = Readonly<Record<string, string | undefined>>

type Kind = 'text' | 'number' | 'boolean' | 'list'

export interface ConfigKey {
  /** `server.tls.cert_file` */
  readonly path: string
  /** `DBAL_SERVER_TLS_CERT_FILE` */
  readonly variable: string
  readonly kind: Kind
}

/** All keys, in the order of the shape. */
export const configKeys: readonly ConfigKey[] = keysOf(configShape, [])

function keysOf(shape: z.ZodType, path: readonly string[]): ConfigKey[] {
  const inner = unwrapped(shape)
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([name, value]) => keysOf(value as z.ZodType, [...path, name]))
  }
  const variable = `DBAL_${path.join('_').toUpperCase()}`
  return [{ path: path.join('.'), variable, kind: kindOf(inner) }]
}

/** Without `optional`, `default` and `prefault`. */
function unwrapped(shape: z.ZodType): z.ZodType {
  return shape instanceof z.ZodOptional || shape instanceof z.ZodDefault || shape instanceof z.ZodPrefault
    ? unwrapped(shape.unwrap() as z.ZodType)
    : shape
}

function kindOf(shape: z.ZodType): Kind {
  if (shape instanceof z.ZodNumber) return 'number'
  if (shape instanceof z.ZodBoolean) return 'boolean'
  return shape instanceof z.ZodArray ? 'list' : 'text'
}

const prefix = 'DBAL_'
/** `SERVER_TLS_CERT_FILE` */
const names = configKeys.map(({ variable }) => variable.slice(prefix.length))
const sections = Object.keys(configShape.shape).map((section) => section.toUpperCase())

/**
 * Whether it is meant for the daemon and names no key. Others have names that begin with `DBAL_` too, `dbal conformance` with
 * `DBAL_USERNAME`, Kubernetes with `DBAL_SERVICE_HOST` beside a Service `dbal`: so the daemon's are those of a section, written
 * rightly, wrongly or in short, and those that leave the section out.
 */
function isMisnamed(name: string): boolean {
  const [section = '', ...rest] = name.split('_')
  if (sections.includes(section)) return true
  if (rest.length === 0) return false
  const isKeyOf = (meant: string) => names.includes([meant, ...rest].join('_'))
  return (
    names.some((known) => known.endsWith(`_${name}`)) ||
    sections.some((meant) => isMisspelt(section, meant) || (isShortFor(section, meant) && isKeyOf(meant)))
  )
}

export interface Problem {
  readonly path: string
  readonly message: string
}

/**
 * What the environment says, by path. Lists are written with commas. Variables that are meant for the daemon and name no key
 * are problems: a misspelt one would otherwise count for nothing, silently.
 */
export function readEnvironment(environment: Environment): {
  readonly values: ReadonlyMap<string, unknown>
  readonly problems: readonly Problem[]
} {
  const values = new Map<string, unknown>()
  const problems: Problem[] = []
  const known = new Map(configKeys.map((key) => [key.variable, key]))
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix)) continue
    const key = known.get(variable)
    if (key) {
      const value = readText(text, key.kind)
      if (value === undefined)
        problems.push({
          path: variable,
          message: `must be ${key.kind === 'number' ? 'a number' : 'true or false'}`,
        })
      else values.set(key.path, value)
    } else if (isMisnamed(variable.slice(prefix.length))) {
      const meant = nearest(variable, [...known.keys()])
      problems.push({
        path: variable,
        message: `names no key of the configuration; the nearest that does is ${meant}`,
      })
    }
  }
  return { values, problems }
}

function readText(text: string, kind: Kind): unknown {
  switch (kind) {
    case 'number':
      return /^\d{1,16}$/.test(text.trim()) ? Number(text) : undefined
    case 'boolean':
      return { true: true, false: false, 1: true, 0: false }[text.trim().toLowerCase()]
    case 'list':
      return text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
    default:
      return text
  }
}
