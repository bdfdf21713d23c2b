import { expect, test } from 'vitest'
import { refuseMoreStatements, traitsOf } from './sqlite-statements.ts'

test.each([
  ['select 1', undefined, false],
  ['/* a */ -- b\n /**/ begin immediate', undefined, true],
  ['/* begin */ insert into t values (1)', true, false],
  ['/*/ select */ update t set a = 1', true, false],
  ['with a as (select 1) delete from t', undefined, false],
])('%s', (sql, changesRows, control) => {
  expect(traitsOf(sql)).toMatchObject({ control, ...(changesRows !== undefined && { changesRows }) })
})

test.each([
  ['', true],
  [' ; -- a\n;/* b */', true],
  ['; /* never closed', true],
  ['; -- never closed', true],
  ['; select 2', false],
  ['/**/ select 2 /**/', false],
])('%j is nothing more: %s', (rest, isNothing) => {
  if (isNothing) refuseMoreStatements(rest)
  else expect(() => refuseMoreStatements(rest)).toThrow('more than one statement')
})

test('comments are read once, however many there are', () => {
  // With a second way to read each of them this would not end.
  const comments = '/**/'.repeat(1_000)
  expect(traitsOf(`${comments}(`)).toMatchObject({ control: false })
  expect(() => refuseMoreStatements(`${comments}x`)).toThrow('more than one statement')
})
