import { readFile } from 'node:fs/promises'
import { expect, test } from './studio.ts'

test('the chain is verified, and a change appears in the log with before and after', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/User')
  const cell = page
    .getByRole('row')
    .filter({ hasText: 'thursday-circle' })
    .getByRole('gridcell', { name: 'thursday-circle' })
  await cell.dblclick()
  await page.getByRole('textbox', { name: 'username' }).fill('friday-circle')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('gridcell', { name: 'friday-circle' })).toBeVisible()

  await studio.go('Audit')
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(page.getByText('The chain is whole.')).toBeVisible()

  await page.getByRole('combobox', { name: 'Operation' }).selectOption('update')
  await page
    .getByRole('button', { name: /^Details of entry/ })
    .first()
    .click()
  await expect(page.getByRole('cell', { name: 'thursday-circle', exact: true })).toBeVisible()
  await expect(page.getByRole('cell', { name: 'friday-circle', exact: true })).toBeVisible()
})

test('the log is exported as JSON Lines by god, and not by admin', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/audit')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export JSON Lines' }).click()
  const text = await readFile(await (await download).path(), 'utf8')
  const entries = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.length).toBeGreaterThan(50)
  expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, index) => index + 1))

  await studio.become('admin')
  await expect(page.getByRole('button', { name: 'Export JSON Lines' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
})
