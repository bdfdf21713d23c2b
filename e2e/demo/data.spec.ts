import { expect, test } from './studio.ts'

test('rows are searched, filtered and sorted, and the address keeps it', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/User')
  const grid = page.getByRole('grid', { name: 'User' })
  await expect(grid).toHaveAttribute('aria-rowcount', '16')

  await page.getByRole('searchbox', { name: 'Search in this table' }).fill('post.example')
  await expect(grid).toHaveAttribute('aria-rowcount', '11')

  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('combobox', { name: 'Field' }).selectOption('bio')
  await page.getByRole('combobox', { name: 'Operator' }).selectOption('isNull')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(grid).toHaveAttribute('aria-rowcount', '5')

  await page.getByRole('columnheader', { name: 'username' }).getByRole('button').click()
  await page.getByRole('columnheader', { name: 'username' }).getByRole('button').click()
  await expect(page.getByRole('columnheader', { name: 'username' })).toHaveAttribute(
    'aria-sort',
    'descending',
  )
  await expect(page.getByRole('row').nth(1)).toContainText('night-owl')

  await studio.reload()
  await expect(grid).toHaveAttribute('aria-rowcount', '5')
  await expect(page.getByRole('row').nth(1)).toContainText('night-owl')
})

test('a value that the engine refuses stays in its cell with the reason', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/User')
  await page.getByRole('gridcell', { name: 'night-owl', exact: true }).dblclick()
  await page.getByRole('textbox', { name: 'username' }).fill('no spaces allowed')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'username' })).toHaveAttribute('aria-invalid', 'true')
  await expect(studio.notice('VALIDATION_ERROR 422')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('gridcell', { name: 'night-owl', exact: true })).toBeFocused()
})

test('the grid is walked by keyboard', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/PageConfig')
  await page.getByRole('button', { name: 'Open row 1', exact: true }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
  await page.keyboard.press('Home')
  await expect(page.getByRole('button', { name: 'Open row 2', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('a relation leads to its row and back to those that refer to it', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/Workflow')
  await page.getByRole('link', { name: 'Show this User' }).first().click()
  await expect(page.getByRole('grid', { name: 'User' })).toHaveAttribute('aria-rowcount', '2')
  await page.getByRole('button', { name: 'Open row 1', exact: true }).click()
  await page
    .getByRole('dialog')
    .getByRole('link', { name: /Workflow by createdBy/ })
    .click()
  await expect(page.getByRole('grid', { name: 'Workflow' })).toHaveAttribute('aria-rowcount', '5')
})

test('a row is created and deleted; one that is needed is refused in words', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/InstalledPackage')
  await page.getByRole('button', { name: 'New row' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: /^name/ }).fill('reading-list')
  await form.getByRole('textbox', { name: /^version/ }).fill('1.0.0')
  await form.getByRole('textbox', { name: /^author/ }).fill('Paper Lantern')
  await form.getByRole('textbox', { name: /^manifest/ }).fill('{"entry":"list.lua"}')
  await form.getByRole('button', { name: 'Create InstalledPackage' }).click()
  await expect(page.getByRole('gridcell', { name: 'reading-list' })).toBeVisible()

  await page.goto(`${studio.url}#/data/User?search=builder`)
  await studio.become('supergod')
  await page.getByRole('button', { name: 'Open row 1', exact: true }).click()
  await page.getByRole('button', { name: 'Delete row' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete row' }).click()
  await expect(studio.notice('CONFLICT 409')).toBeVisible()
})
