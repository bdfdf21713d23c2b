/** A row's id as text for the address, and back: any key a database may have, composite and large ones included. */

export const writtenId = (id: unknown): string =>
  JSON.stringify(id, (_, value) => (typeof value === 'bigint' ? { bigint: String(value) } : value))

/** @returns undefined for what is no id */
export function readId(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) =>
      value !== null && typeof value === 'object' && typeof value.bigint === 'string'
        ? BigInt(value.bigint)
        : value,
    )
  } catch (error) {
    console.warn('The row in the address is not readable.', error)
    return undefined
  }
}
