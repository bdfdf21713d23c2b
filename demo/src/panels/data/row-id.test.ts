import { expect, test } from 'vitest'
import { readId, writtenId } from './row-id.ts'

test.each(['0198c000-0000-7000-8000-000000000002', 7, 9_007_199_254_740_993n, { ship: 1, seat: 2n }])(
  'the id %o comes back from an address',
  (id) => {
    expect(readId(writtenId(id))).toEqual(id)
  },
)
