/**
 * Version of the messages between a client and its host. Raise it when a message changes shape, with a line here.
 * 1 — first.
 */
export const protocolVersion = 1
