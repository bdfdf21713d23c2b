/** Numbers that the tests over a server do not bring about, and those that MySQL alone has. */

import { expect, test } from 'vitest'
import { endsTransaction, kindOf } from './codes.ts'

test.each([
  [3819, 'HY000', 'check'],
  [4025, '23000', 'check'],
  [3140, '22032', 'type'],
  [3141, '22032', 'type'],
  [3157, '22032', 'tooBig'],
  [3151, '22032', 'tooBig'],
  [3699, 'HY000', 'tooBig'],
  [3024, 'HY000', 'interrupted'],
  [1317, '70100', 'interrupted'],
  [3636, 'HY000', 'interrupted'],
  [3572, 'HY000', 'busy'],
  [3100, 'HY000', 'busy'],
  [3101, '40000', 'busy'],
  [1205, 'HY000', 'busy'],
  [1161, '08S01', 'io'],
  [1180, 'HY000', 'io'],
  [3169, 'HY000', 'io'],
  [4031, 'HY000', 'io'],
  [1038, 'HY001', 'full'],
  [1461, '42000', 'full'],
  [1041, '08004', 'cantOpen'],
  [1251, '08004', 'cantOpen'],
  [3118, 'HY000', 'cantOpen'],
  [3159, 'HY000', 'cantOpen'],
  [3955, 'HY000', 'cantOpen'],
  // What nobody has heard of is known by its class.
  [9999, '42S99', 'syntax'],
  [9999, 'HY000', 'other'],
] as const)('error %i (%s) is of kind %s', (code, state, kind) => {
  expect(kindOf(code, state)).toBe(kind)
})

test('a deadlock and a group that disagrees have rolled back the whole transaction', () => {
  expect([1206, 1213, 3100, 3101].map(endsTransaction)).toEqual([true, true, true, true])
  expect([1205, 1062, 3819].map(endsTransaction)).toEqual([false, false, false])
})
