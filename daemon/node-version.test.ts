import { expect, it } from 'vitest'
import { nodeRefusal } from './node-version.ts'

it.each(['20.20.2', '22.18.0', '24.6.9', '8.17.0'])(
  'Node %s is refused, in one line that says what is needed',
  (version) => {
    expect(nodeRefusal(version)).toBe(`dbal-daemon needs Node 24.7 or newer, this is ${version}`)
  },
)

it.each(['24.7.0', '24.21.0', '25.0.0', process.versions.node])('Node %s will do', (version) => {
  expect(nodeRefusal(version)).toBeUndefined()
})
