/**
 * A port through which Comlink sees only calls of the functions that are meant to be called. Comlink itself follows any
 * path of properties: `['exchange', 'constructor']` would be the worker's `Function`, and `__proto__` its prototypes. What
 * does not have the exact form of one of our calls is dropped.
 */

import type { Endpoint } from 'comlink'

/** @param names what may be called, with plain arguments only */
export function narrowPort(port: Endpoint, names: readonly string[]): Endpoint {
  const listeners = new WeakMap<object, (event: Event) => void>()
  return {
    ...(port.start && { start: () => port.start?.() }),
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    addEventListener(type, listener, options) {
      const narrowed = (event: Event) => {
        const { data } = event as MessageEvent<unknown>
        if (type === 'message' && !isCall(data, names)) return
        if (typeof listener === 'function') listener(event)
        else listener.handleEvent(event)
      }
      listeners.set(listener, narrowed)
      port.addEventListener(type, narrowed, options)
    },
    removeEventListener(type, listener, options) {
      port.removeEventListener(type, listeners.get(listener) ?? listener, options)
    },
  }
}

/** The messages of Comlink 4 that call a function by its name: `{ id, type, path: [name], argumentList }`. */
function isCall(data: unknown, names: readonly string[]): boolean {
  if (typeof data !== 'object' || data === null) return false
  const { id, type, path, argumentList } = data as Record<string, unknown>
  return (
    typeof id === 'string' &&
    type === 'APPLY' &&
    Array.isArray(path) &&
    path.length === 1 &&
    names.includes(path[0] as string) &&
    Array.isArray(argumentList) &&
    argumentList.length <= 4 &&
    argumentList.every((argument) => (argument as { type?: unknown } | null)?.type === 'RAW')
  )
}
