import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestOrder } from './request-order.ts'

function later<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a write waits for the reads before it, and reads behind the write wait with it', async () => {
  const order = new RequestOrder()
  const log: string[] = []
  const read = later<void>()
  void order.exchange(() => order.beside(read.promise))
  const write = later<void>()
  void order.exchange(() => {
    expect(order.isUpToDate).toBe(true)
    return order.inTurn(() => {
      log.push('write')
      return write.promise
    })
  })
  void order.exchange(() => {
    expect(order.isUpToDate).toBe(false)
    return order.inTurn(async () => void log.push('read behind it'))
  })
  await turn()
  expect(log).toEqual([])
  read.resolve()
  await turn()
  expect(log).toEqual(['write', 'read behind it'])
  write.resolve()
  await turn()
  await order.exchange(async () => expect(order.isUpToDate).toBe(true))
})

test('a read that fails lets the next one through', async () => {
  const order = new RequestOrder()
  const read = later<void>()
  const exchange = order.exchange(() => order.beside(read.promise))
  const write = order.exchange(() => order.inTurn(async () => 'written'))
  read.reject(new Error('lost'))
  await expect(exchange).rejects.toThrow('lost')
  await expect(write).resolves.toBe('written')
})

test('whatever is sent begins behind all that was sent before and is no read beside it', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('send' as const), reads: fc.boolean() }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('wait' as const) }),
    ),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const order = new RequestOrder()
      const begun: number[] = []
      const open = new Map<number, () => void>()
      const beside = new Set<number>()
      let sent = 0
      const work = (number: number) => {
        const one = later<void>()
        begun.push(number)
        open.set(number, () => {
          open.delete(number)
          beside.delete(number)
          one.resolve()
        })
        return one.promise
      }
      for (const step of all) {
        if (step.kind === 'wait') await turn()
        else if (step.kind === 'end') {
          const running = [...open.values()]
          running[step.which % Math.max(running.length, 1)]?.()
        } else {
          const number = ++sent
          void order.exchange(() => {
            if (!step.reads || !order.isUpToDate)
              return order.inTurn(() => {
                // Whatever it was sent behind has at least begun, and no read of before is still at work.
                expect([...beside].filter((one) => one < number)).toEqual([])
                return work(number)
              })
            beside.add(number)
            return order.beside(work(number))
          })
          expect(begun.length).toBeLessThanOrEqual(sent)
        }
      }
      for (let round = 0; round < 3; round++) {
        for (const end of [...open.values()]) end()
        await turn()
      }
      expect(begun).toEqual([...begun].sort((left, right) => left - right))
      expect(begun).toHaveLength(sent)
    }),
  )
})
