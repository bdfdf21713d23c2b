/** Which pages may connect. A browser sends `Origin` with every handshake and no page can change it. */

/**
 * Exact comparison, and nothing else: scheme, host and port as browsers write them. Without the header it is no browser,
 * and is let in; `null`, which frames of unknown origin send, is compared as it is.
 */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || allowed.includes(origin)
}

/** Whether a text is an origin as browsers write it. */
export function isOrigin(text: string): boolean {
  if (text === 'null') return true
  try {
    const { origin, protocol } = new URL(text)
    return origin === text && (protocol === 'http:' || protocol === 'https:')
  } catch {
    return false
  }
}
