import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame } from './frame.ts'

const request = (id: unknown, more: object = {}) => ({ id, method: 'count', params: ['User'], ...more })
const refusedIds = (value: unknown, most = 10) => decodeFrame(value, most).refused.map(({ id }) => id)
const issueOf = (value: unknown, most = 10) => {
  const [first] = decodeFrame(value, most).refused
  return first && 'error' in first ? first.error : undefined
}

describe('a frame', () => {
  it('that is sound is passed on whole', () => {
    const frame = { ack: 1, requests: [request(1), request(3)] }
    expect(decodeFrame(frame, 10)).toEqual({ frame, refused: [], repeated: [] })
  })

  it('keeps the number of a transaction', () => {
    const frame = { ack: 1, requests: [request(1, { transaction: 4 })] }
    expect(decodeFrame(frame, 10).frame).toEqual(frame)
  })

  it('is copied by the properties that are known', () => {
    const { frame } = decodeFrame(
      { ack: 1, requests: [request(1, { principal: { role: 'supergod' } })], role: 'god' },
      10,
    )
    expect(frame).toEqual({ ack: 1, requests: [request(1)] })
  })

  it.each([
    null,
    undefined,
    7,
    'frame',
    [],
    {},
    { ack: 1 },
    { ack: 1, requests: {} },
    { ack: 1, requests: 'x' },
  ])('that is %j gets one refusal', (value) => {
    expect(refusedIds(value)).toEqual([0])
    expect(issueOf(value)).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'frame' }] },
    })
  })

  it('with too many requests is refused whole, and none of them is looked at', () => {
    expect(refusedIds({ ack: 1, requests: [request(1), request(2), request(3)] }, 2)).toEqual([0])
    expect(refusedIds({ ack: 1, requests: new Array(4_294_967_295) }, 2)).toEqual([0])
    expect(decodeFrame({ ack: 1, requests: [request(1), request(2)] }, 2).refused).toEqual([])
  })

  it.each([undefined, -1, 0.5, '1', 3, Number.NaN])('whose ack is %j is refused', (ack) => {
    const decoded = decodeFrame({ ack, requests: [request(2)] }, 10)
    expect(decoded.frame.requests).toEqual([])
    expect(decoded.refused.map(({ id }) => id)).toEqual([2])
  })

  it('without requests is empty', () => {
    expect(decodeFrame({ ack: 0, requests: [] }, 10)).toEqual({
      frame: { ack: 0, requests: [] },
      refused: [],
      repeated: [],
    })
  })
})

describe('a request', () => {
  it.each([
    ['no object', 5],
    ['null', null],
    ['an id of 0', request(0)],
    ['a negative id', request(-4)],
    ['a text as id', request('2')],
    ['an id that is no safe integer', request(2 ** 53)],
    ['no method', { id: 2, params: [] }],
    ['an empty method', request(2, { method: '' })],
    ['a long method', request(2, { method: 'x'.repeat(101) })],
    ['an object as method', request(2, { method: {} })],
    ['no list of parameters', request(2, { params: { 0: 'User' } })],
    ['a transaction of 0', request(2, { transaction: 0 })],
    ['a text as transaction', request(2, { transaction: '1' })],
    ['no number as transaction', request(2, { transaction: null })],
  ])('with %s is refused alone', (_name, bad) => {
    const { frame, refused } = decodeFrame({ ack: 1, requests: [request(1), bad, request(3)] }, 10)
    expect(frame.requests.map(({ id }) => id)).toEqual([1, 3])
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({
      error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'frame.requests[1]' }] } },
    })
  })

  it('that is out of order is refused', () => {
    const { frame, refused } = decodeFrame({ ack: 1, requests: [request(2), request(1), request(3)] }, 10)
    expect(frame.requests.map(({ id }) => id)).toEqual([2, 3])
    expect(refused.map(({ id }) => id)).toEqual([1])
  })

  it('that comes twice is passed on once, and owed two replies', () => {
    const values = { params: ['User', { at: 2n, bytes: Uint8Array.of(1), none: undefined }] }
    const requests = [request(2, values), request(3), structuredClone(request(2, values)), request(3)]
    expect(decodeFrame({ ack: 1, requests }, 10)).toEqual({
      frame: { ack: 1, requests: [request(2, values), request(3)] },
      refused: [],
      repeated: [2, 3],
    })
  })

  const round: unknown[] = []
  round.push(round)
  it.each([
    ['another method', { method: 'list' }, {}],
    ['other parameters', { params: ['Session'] }, {}],
    ['a transaction', { transaction: 1 }, {}],
    ['a number for a text', { params: ['1'] }, { params: [1] }],
    ['a bigint for a number', { params: [1n] }, { params: [1] }],
    ['nothing for null', { params: [undefined] }, { params: [null] }],
    ['what nobody can compare', { params: round }, { params: round }],
  ])('whose id came before with %s is refused, and the first too', (_name, one, other) => {
    const requests = [request(1), request(2, one), request(3), request(2, other), request(2, one)]
    const { frame, refused, repeated } = decodeFrame({ ack: 1, requests }, 10)
    expect(frame.requests.map(({ id }) => id)).toEqual([1, 3])
    expect(refused.map(({ id }) => id)).toEqual([2, 2, 2])
    expect(repeated).toEqual([])
  })
})

it('never throws, and answers or passes on every request', () => {
  const anyRequest = fc.oneof(
    fc.record({ id: fc.integer(), method: fc.string(), params: fc.array(fc.anything()) }),
    fc.anything(),
  )
  const anyFrame = fc.oneof(fc.record({ ack: fc.integer(), requests: fc.array(anyRequest) }), fc.anything())
  fc.assert(
    fc.property(anyFrame, (value) => {
      const { frame, refused } = decodeFrame(value, 5)
      expect(frame.requests.length + refused.length).toBeGreaterThanOrEqual(
        Array.isArray((value as { requests?: unknown } | null)?.requests) ? 0 : 1,
      )
      for (const [at, { id }] of frame.requests.entries()) {
        expect(id).toBeGreaterThanOrEqual(frame.ack)
        if (at > 0) expect(id).toBeGreaterThan(frame.requests[at - 1]?.id ?? 0)
      }
    }),
  )
})
