/** A client's message, read field by field: what is sound is passed on, the rest is refused request by request. */

import { type DBALError, invalid } from '../src/protocol/error.ts'
import type { SocketId, SocketRequest } from '../src/protocol/socket.ts'
import { readWire } from '../src/protocol/wire-value.ts'
import { findDiffering, twoOfOneId } from '../src/serve/repeated.ts'
import { scanJson } from './scan-json.ts'

/** A request, or why it is none; `id` is null where none could be read. */
export type ReadRequest =
  | {
      readonly request: SocketRequest
      /** As often as it is to be answered: it came so many times in one message. Default 1. */
      readonly times?: number
    }
  | { readonly id: SocketId | null; readonly error: DBALError }

export interface Message {
  readonly requests: readonly ReadRequest[]
  /** It was an array. */
  readonly isPipeline: boolean
}

/** More than the arguments of a call can be nested: how deep a filter or a value may be is for the engine to say. */
const maxDepth = 1_024
const longestMethod = 100
const longestId = 200
const longestToken = 4_096
const requestKeys: ReadonlySet<string> = new Set(['id', 'method', 'params', 'auth', 'transaction', 'ack'])

/** Never throws. */
export function readMessage(text: string, maxRequests: number): Message {
  const problems = scanJson(text, maxDepth)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return alone(null, invalid('frame', 'is not JSON'))
  }
  if (!Array.isArray(value)) {
    return { requests: [readOne(value, problems.get(0), '')], isPipeline: false }
  }
  if (value.length === 0) return alone(null, invalid('frame', 'holds no request'))
  if (value.length > maxRequests)
    return alone(null, invalid('frame', `holds ${value.length} requests; ${maxRequests} is the most`))
  return {
    requests: joinRepeated(value.map((one: unknown, at) => readOne(one, problems.get(at), `[${at}]`))),
    isPipeline: true,
  }
}

/** What came twice is run once and answered twice; of an id that stands for several things nothing is run. */
function joinRepeated(requests: readonly ReadRequest[]): readonly ReadRequest[] {
  const times = new Map<SocketId, number>()
  const first: SocketRequest[] = []
  const again: SocketRequest[] = []
  for (const one of requests) {
    if (!('request' in one)) continue
    const { request } = one
    const before = times.get(request.id) ?? 0
    times.set(request.id, before + 1)
    if (before === 0) first.push(request)
    else again.push(request)
  }
  if (again.length === 0) return requests
  const differing = findDiffering(first, again)
  const repeats = new Set(again)
  return requests.flatMap((one, at): ReadRequest | readonly ReadRequest[] => {
    if (!('request' in one)) return one
    const { request } = one
    const { id } = request
    if (differing.has(id)) return { id, error: invalid(`[${at}].id`, twoOfOneId) }
    return repeats.has(request) ? [] : { request, times: times.get(id) ?? 1 }
  })
}

function alone(id: SocketId | null, error: DBALError): Message {
  return { requests: [{ id, error }], isPipeline: false }
}

function readOne(value: unknown, problem: string | undefined, path: string): ReadRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { id: null, error: invalid(path, 'must be { id, method, params }') }
  const {
    id: given,
    method,
    params = [],
    auth,
    transaction,
    ack,
  } = value as Readonly<Record<string, unknown>>
  const id = isId(given) ? given : null
  const refuse = (where: string, message: string): ReadRequest => ({
    id,
    error: invalid(path && where ? `${path}.${where}` : path || where, message),
  })
  if (problem !== undefined) return refuse('', problem)
  if (id === null) return refuse('id', `must be a text of at most ${longestId} characters, or a whole number`)
  const unknown = Object.keys(value).find((key) => !requestKeys.has(key))
  if (unknown !== undefined) return refuse(unknown.slice(0, 80), 'is not known')
  if (typeof method !== 'string' || method.length === 0 || method.length > longestMethod)
    return refuse('method', 'must be a name')
  if (!Array.isArray(params)) return refuse('params', 'must be a list')
  if (transaction !== undefined && !isWhole(transaction, 1))
    return refuse('transaction', 'must be a whole number from 1')
  if (ack !== undefined && !isWhole(ack, 0)) return refuse('ack', 'must be a whole number')
  if (auth !== undefined && !isAuth(auth)) return refuse('auth', 'must be { token, userId }')
  try {
    const request = { id, method, params: readWire(params) as unknown[] }
    if (auth === undefined && transaction === undefined && ack === undefined) return { request }
    return {
      request: {
        ...request,
        ...(auth !== undefined && { auth }),
        ...(transaction !== undefined && { transaction: transaction as number }),
        ...(ack !== undefined && { ack: ack as number }),
      },
    }
  } catch (error) {
    return { id, error: error as DBALError }
  }
}

const isId = (value: unknown): value is SocketId =>
  typeof value === 'string' ? value.length <= longestId : Number.isSafeInteger(value)

const isWhole = (value: unknown, least: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least

function isAuth(value: unknown): value is { token: string; userId: string } {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  const { token, userId } = value as Readonly<Record<string, unknown>>
  return (
    typeof token === 'string' &&
    token.length <= longestToken &&
    typeof userId === 'string' &&
    userId.length <= longestId
  )
}
