/** The client's property for an entity: `LuaScript` is `luaScripts`. The type says the same as the function. */

export type AccessorOf<Name extends string> = PluralOf<Uncapitalize<Name>>

type PluralOf<Word extends string> = Word extends `${infer Stem}y`
  ? Stem extends `${string}${'a' | 'e' | 'i' | 'o' | 'u'}`
    ? `${Word}s`
    : `${Stem}ies`
  : Word extends `${string}${'s' | 'x' | 'z' | 'ch' | 'sh'}`
    ? `${Word}es`
    : `${Word}s`

export function accessorOf<Name extends string>(name: Name): AccessorOf<Name> {
  const word = name.charAt(0).toLowerCase() + name.slice(1)
  const plural = /(?:^|[^aeiou])y$/.test(word)
    ? `${word.slice(0, -1)}ies`
    : /(?:s|x|z|ch|sh)$/.test(word)
      ? `${word}es`
      : `${word}s`
  return plural as AccessorOf<Name>
}

/**
 * What the client has under a property's name already. `then` would make it look like a promise; what every object
 * inherits (`constructor`, `toString`) is refused beside these.
 */
const clientMembers =
  /^(ready|schema|entity|batch|transaction|auth|capabilities|stats|checkIntegrity|audit|backup|migrations|database|grant|on|off|close|live|download|export|import|analyze|vacuum|then|toJSON|prototype)$/

export function isClientMember(accessor: string): boolean {
  return clientMembers.test(accessor) || accessor in {}
}
