/** Names for what a foreign file does not name: the client's properties and the relations. Each is free of the others. */

import { accessorOf, isClientMember } from '../accessor.ts'
import type { LooseEntity, LooseField } from '../normalise.ts'
import { backwardName, forwardName } from '../relations.ts'

type Entities = Readonly<Record<string, LooseEntity>>

/** `Order Details` is `orderDetails`, `Track` is `tracks`; a name that is taken gets a number. */
export function nameAccessors(entities: Entities): Record<string, LooseEntity & { accessor: string }> {
  const taken = new Set<string>()
  return Object.fromEntries(
    Object.entries(entities).map(([name, entity]) => {
      const words = name.replace(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase())
      const safe = /^[A-Za-z]/.test(words) ? words : `entity${words}`
      const plural = safe.endsWith('s') ? safe.charAt(0).toLowerCase() + safe.slice(1) : accessorOf(safe)
      const accessor = free(plural, (candidate) => taken.has(candidate) || isClientMember(candidate))
      taken.add(accessor)
      return [name, { ...entity, accessor }]
    }),
  )
}

/** Names relations outright where the name that they would have is taken. */
export function nameRelations(
  entities: Readonly<Record<string, LooseEntity & { accessor: string }>>,
): Record<string, LooseEntity> {
  const taken = new Map(
    Object.entries(entities).map(([name, { fields }]) => [name, new Set(Object.keys(fields ?? {}))]),
  )
  const take = (owner: string, wanted: string): string => {
    const name = free(wanted, (candidate) => taken.get(owner)?.has(candidate) ?? false)
    taken.get(owner)?.add(name)
    return name
  }
  return Object.fromEntries(
    Object.entries(entities).map(([name, entity]) => {
      const fields = Object.entries(entity.fields ?? {}).map(([field, data]): [string, LooseField] => {
        const { references } = data
        if (typeof references !== 'object') return [field, data]
        const twice =
          Object.values(entity.fields ?? {}).filter(
            (other) => typeof other.references === 'object' && other.references.entity === references.entity,
          ).length > 1
        const forward = forwardName(field, references)
        const backward = backwardName(entity.accessor, field, twice)
        const as = take(name, forward)
        const inverse = take(references.entity, backward)
        return [field, { ...data, ...(as !== forward && { as }), ...(inverse !== backward && { inverse }) }]
      })
      return [name, { ...entity, fields: Object.fromEntries(fields) }]
    }),
  )
}

/** The name, or the first with a number behind it that is not taken. */
function free(name: string, isTaken: (candidate: string) => boolean): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}${number}`
    if (!isTaken(candidate)) return candidate
  }
}
