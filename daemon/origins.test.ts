import { describe, expect, it } from 'vitest'
import { lookAlikes } from './origins.cases.ts'
import { isAllowedOrigin, isOrigin } from './origins.ts'

const allowed = ['https://app.example.com', 'http://localhost:5173']

describe('an origin', () => {
  it('of the list is let in, and what is no browser too', () => {
    for (const origin of [...allowed, undefined]) expect(isAllowedOrigin(origin, allowed)).toBe(true)
  })

  it(`that only looks alike is not, in ${lookAlikes.length} ways`, () => {
    expect(new Set(lookAlikes).size).toBeGreaterThanOrEqual(40)
    for (const origin of lookAlikes) expect(isAllowedOrigin(origin, allowed), origin).toBe(false)
  })

  it('is nothing when there is no list', () => {
    expect(isAllowedOrigin('https://app.example.com', [])).toBe(false)
    expect(isAllowedOrigin('null', [])).toBe(false)
  })

  it('is written as browsers write it, or refused in a configuration', () => {
    for (const origin of [...allowed, 'http://[::1]:3000', 'null']) expect(isOrigin(origin)).toBe(true)
    for (const text of [
      '*',
      '',
      'app.example.com',
      'https://a.example/',
      'https://a.example:443',
      'HTTPS://a.example',
      'wss://a.example',
    ])
      expect(isOrigin(text), text).toBe(false)
  })
})
