import { describe, expect, it } from 'vitest'
import type { Engine } from '../engine/engine.ts'
import { DBALError } from '../protocol/error.ts'
import { publicPrincipal } from '../protocol/principal.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { serveCaller } from './serve-caller.ts'

function setupCaller(exchange: (frame: Frame) => Promise<readonly Reply[]>) {
  const log: unknown[] = []
  const connect = (options: object) => {
    log.push(options)
    return { exchange, close: () => log.push('closed') }
  }
  const caller = serveCaller({
    engine: { connect } as unknown as Engine,
    principal: publicPrincipal,
    clientId: 'c1',
    maxFrameRequests: 3,
    emit: () => {},
    report: (cause) => {
      log.push(cause)
      return 'incident-1'
    },
  })
  return { caller, log }
}

const request = (id: number) => ({ id, method: 'count', params: ['User'] })
const answer = async (frame: Frame) => frame.requests.map(({ id }) => ({ id, result: id * 10 }))

describe('a caller', () => {
  it('is connected once, as the host decided', () => {
    const { log } = setupCaller(answer)
    expect(log).toEqual([{ principal: publicPrincipal, clientId: 'c1', emit: expect.any(Function) }])
  })

  it('gets a reply for each sound request and a refusal for each other', async () => {
    const { caller } = setupCaller(answer)
    const replies = await caller.exchange({ ack: 1, requests: [request(1), { id: 2 }, request(3)] })
    expect(replies).toEqual([
      { id: 2, error: expect.objectContaining({ code: 'VALIDATION_ERROR' }) },
      { id: 1, result: 10 },
      { id: 3, result: 30 },
    ])
  })

  it('gets the reply twice to a request that it sends twice, which is run once', async () => {
    const { caller } = setupCaller(answer)
    const replies = await caller.exchange({ ack: 1, requests: [request(1), request(2), request(1)] })
    expect(replies).toEqual([
      { id: 1, result: 10 },
      { id: 2, result: 20 },
      { id: 1, result: 10 },
    ])
  })

  it('is not answered before its token was looked at, and then in the order that it asked in', async () => {
    const ran: number[] = []
    let lookedAt = (): void => {}
    const presented = new Promise<void>((resolve) => {
      lookedAt = resolve
    })
    const exchange = ({ requests }: Frame) => {
      for (const { id } of requests) ran.push(id)
      return requests.map(({ id }) => ({ id, result: id }))
    }
    const caller = serveCaller({
      engine: { connect: () => ({ exchange, present: () => presented }) } as unknown as Engine,
      principal: publicPrincipal,
      token: 'token',
      clientId: 'c1',
      maxFrameRequests: 3,
      emit: () => {},
      report: () => 'incident-1',
    })
    const ask = (id: number) => caller.exchange({ ack: 1, requests: [request(id)] })
    // It comes when the token is known, and the one before it has not had its turn.
    const late = presented.then(() => ask(2))
    const first = ask(1)
    await Promise.resolve()
    expect(ran).toEqual([])
    lookedAt()
    expect([await first, await late]).toEqual([[{ id: 1, result: 1 }], [{ id: 2, result: 2 }]])
    expect(ran).toEqual([1, 2])
    expect(ask(3)).toEqual([{ id: 3, result: 3 }])
  })

  it('does not reach the engine with a frame that is none', async () => {
    const { caller } = setupCaller(() => Promise.reject(new Error('reached')))
    expect(await caller.exchange('?')).toEqual([
      { id: 0, error: expect.objectContaining({ code: 'VALIDATION_ERROR' }) },
    ])
  })

  it('gets the error of an engine that refuses the frame, for each request', async () => {
    const { caller } = setupCaller(() =>
      Promise.reject(new DBALError('DATABASE_ERROR', 'closed', { reason: 'closed' })),
    )
    const error = { code: 'DATABASE_ERROR', message: 'closed', details: { reason: 'closed' } }
    expect(await caller.exchange({ ack: 1, requests: [request(1), request(2)] })).toEqual([
      { id: 1, error },
      { id: 2, error },
    ])
  })

  it('learns of a defect only its incident', async () => {
    const cause = new TypeError('select secret from t')
    const { caller, log } = setupCaller(() => Promise.reject(cause))
    const replies = await caller.exchange({ ack: 1, requests: [request(1)] })
    expect(replies).toEqual([
      {
        id: 1,
        error: { code: 'INTERNAL_ERROR', message: expect.any(String), details: { incident: 'incident-1' } },
      },
    ])
    expect(JSON.stringify(replies)).not.toContain('secret')
    expect(log.at(-1)).toBe(cause)
  })

  it('ends its session when it closes', () => {
    const { caller, log } = setupCaller(answer)
    caller.close()
    expect(log.at(-1)).toBe('closed')
  })
})
