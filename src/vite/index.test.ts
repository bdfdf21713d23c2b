import { expect, test } from 'vitest'
import { dbal } from './index.ts'

test('the plugin keeps the package out of the optimizer, and does nothing else', () => {
  const plugin = dbal()
  expect(plugin.config()).toEqual({ optimizeDeps: { exclude: ['@metabuilder/dbal'] } })
  expect(Object.keys(plugin)).toEqual(['name', 'config'])
})
