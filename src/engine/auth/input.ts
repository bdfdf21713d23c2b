/** What the operations of `auth` are given: an object of texts, and nothing beside it. */

import { invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'

/** Longer than any field that a text here is compared with. */
const longest = 2_048

/** @throws DBALError VALIDATION_ERROR naming what is missing, of another kind, or not known; never a value */
export function readTexts<Needed extends string, Optional extends string = never>(
  input: unknown,
  needed: readonly Needed[],
  optional: readonly Optional[] = [],
): { readonly [Name in Needed]: string } & { readonly [Name in Optional]?: string } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid('', `must be an object with ${needed.join(', ')}`)
  const known: readonly string[] = [...needed, ...optional]
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(input)) {
    if (!known.includes(name)) throw invalid(name.slice(0, 80), 'is not known')
    if (value === undefined && !(needed as readonly string[]).includes(name)) continue
    if (typeof value !== 'string' || value.length > longest) throw invalid(name, 'must be a text')
    texts[name] = value
  }
  for (const name of needed) if (!Object.hasOwn(texts, name)) throw invalid(name, 'is needed')
  return texts as ReturnType<typeof readTexts<Needed, Optional>>
}

/** `{ username | email, password }`, as the filter that finds the user. */
export function readSignIn(
  input: unknown,
  withPassword = true,
): { readonly filter: Row; readonly name: string; readonly password: string } {
  const { username, email, password } = readTexts(input, withPassword ? ['password'] : ([] as 'password'[]), [
    'username',
    'email',
  ])
  if ((username === undefined) === (email === undefined))
    throw invalid('username', 'either username or email must be given')
  const [field, name] = username === undefined ? ['email', email as string] : ['username', username]
  return { filter: { [field]: name }, name, password }
}

/** What calls about the same thing have in common, so that they wait for each other. The input has not been checked yet. */
export function turnOf(input: unknown, names: readonly string[]): string {
  const given = (typeof input === 'object' ? input : null) as Readonly<Record<string, unknown>> | null
  return names
    .map((name) => given?.[name])
    .filter((value) => typeof value === 'string')
    .map((value) => `${value.slice(0, 200).toLowerCase()} `)
    .join('')
}
