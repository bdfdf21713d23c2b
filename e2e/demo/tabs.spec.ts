import { expect, test } from './studio.ts'

test('a second tab says that it waits, and goes on when the first is closed', async ({ studio, context }) => {
  await studio.open()
  const second = await context.newPage()
  await second.goto(studio.url)
  await expect(second.getByText('The studio is open in another tab')).toBeVisible({ timeout: 45_000 })
  await studio.page.close()
  await expect(second.getByRole('treeitem').first()).toBeVisible({ timeout: 45_000 })
})

test('the welcome line is read once, the theme and the role are kept', async ({ studio }) => {
  const { page } = studio
  await studio.open()
  await page.getByRole('button', { name: 'Hide this line' }).click()
  await page.getByRole('button', { name: 'Use the dark theme' }).click()
  await studio.become('admin')
  await studio.reload()
  await expect(page.getByRole('complementary', { name: 'Welcome' })).toHaveCount(0)
  await expect(page.locator('html')).toHaveClass(/dark/)
  await expect(page.getByRole('button', { name: /^Role: Manager · admin/ })).toBeVisible()
})
