import { expect, it } from 'vitest'
import { Outcomes } from './outcomes.ts'

it('of a client that never says what it has are kept so many, and no more', () => {
  const outcomes = new Outcomes('client', 'owner')
  const reply = (id: number) => ({ id, result: 'x'.repeat(10_000_000) })
  /** As a group that commits. */
  const write = (id: number) => {
    outcomes.record([reply(id)], 0).next()
    outcomes.settle([reply(id)])
  }
  for (let id = 1; id <= 7; id++) write(id)
  expect(() => write(8)).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_ERROR',
      details: { issues: [expect.objectContaining({ path: 'ack' })] },
    }),
  )
  expect(outcomes.find(8)).toBeUndefined()
  expect(outcomes.find(1)).toBeDefined()
  outcomes.acknowledge(2)
  expect(outcomes.find(1)).toBeUndefined()
  write(8)
  expect(outcomes.find(8)).toBeDefined()
})

it('that an earlier engine has recorded count too', () => {
  const text = `p${JSON.stringify([{ id: 1, result: 'x'.repeat(70_000_000) }])}`
  const outcomes = new Outcomes('client', 'owner')
  const loading = outcomes.load()
  loading.next()
  loading.next({ values: [0, 0, text] } as never)
  expect(() => outcomes.record([{ id: 2, result: true }], 0).next()).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
})
