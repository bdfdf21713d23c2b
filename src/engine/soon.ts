/**
 * A value that is there, or will be. On a driver that answers at once a call then runs from its message to its reply
 * without a turn of the event loop: each `await` on that way costs an awaited read a measurable part of its time.
 */
export type Soon<T> = T | Promise<T>
