/** An id stands for one request. Where it stands twice in what arrived together, it matters whether the same was meant. */

/** What the caller says of its two requests of one id. */
export const twoOfOneId = 'this id stands for another request too; none of them is run'

interface Numbered<Id> {
  readonly id: Id
  readonly method: string
  readonly params: readonly unknown[]
  readonly transaction?: number
  readonly auth?: unknown
}

/** @returns the ids under which `again` has something else than `first`; each of `first` has an id of its own */
export function findDiffering<Id>(
  first: readonly Numbered<Id>[],
  again: readonly Numbered<Id>[],
): ReadonlySet<Id> {
  const differing = new Set<Id>()
  const byId = new Map(first.map((request) => [request.id, request]))
  const texts = new Map<Id, string | null>()
  for (const request of again) {
    const { id } = request
    const known = byId.get(id)
    if (!known || differing.has(id)) continue
    // Each is printed once, however often its id comes.
    if (!texts.has(id)) texts.set(id, textOf(known))
    const text = texts.get(id)
    if (text === null || text !== textOf(request)) differing.add(id)
  }
  return differing
}

/** Null for what has no text: values that go round, or are too deep. */
function textOf({ method, params, transaction, auth }: Numbered<unknown>): string | null {
  try {
    return JSON.stringify([method, transaction, auth, params], (_, value: unknown) => {
      if (typeof value === 'bigint' || typeof value === 'number') return `${typeof value} ${value}`
      if (value === undefined) return 'undefined'
      return typeof value === 'string' ? `=${value}` : value
    })
  } catch {
    return null
  }
}
