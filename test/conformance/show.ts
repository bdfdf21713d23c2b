/** A value as text, for the message of a failure. */
export function show(value: unknown, most = 600): string {
  const text =
    JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? String(value)
  return text.length > most ? `${text.slice(0, most)}…` : text
}

export const showWhole = (value: unknown): string => show(value, Number.POSITIVE_INFINITY)
