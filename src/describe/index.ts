/** Descriptions of the daemon's protocol, made from a schema: for clients in other languages. */

export { type DescribeOptions, type Document, toAsyncApi } from './async-api.ts'
export { toOpenApi } from './open-api.ts'
