import { expect, test } from './studio.ts'

test('what one side changes shows at once on the other, as far as it may see it', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages')
  await page.getByRole('button', { name: 'Two roles side by side' }).click()
  const god = page.getByRole('region', { name: 'Pages for god' })
  const visitor = page.getByRole('region', { name: 'Pages for public' })
  await expect(god.getByRole('listitem')).toHaveCount(11)
  await expect(visitor.getByRole('listitem')).toHaveCount(4)

  await god.getByRole('switch', { name: 'Christmas list: published' }).click()
  await expect(visitor.getByRole('listitem').filter({ hasText: 'Christmas list' })).toBeVisible()
  await expect(visitor.getByRole('listitem')).toHaveCount(5)
  await god.getByRole('switch', { name: 'Events: published' }).click()
  await expect(visitor.getByRole('listitem').filter({ hasText: 'Events' })).toHaveCount(0)
  await expect(god.getByRole('switch', { name: 'Events: published' })).not.toBeChecked()
})

test('a change that a rule refuses is taken back, and the refusal is told', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages?beside=admin~user')
  const admin = page.getByRole('region', { name: 'Pages for admin' })
  await expect(admin.getByRole('listitem')).toHaveCount(9)
  const home = admin.getByRole('switch', { name: 'Home: published' })
  // Everything that the switch has shown.
  await home.evaluate((element) => {
    const seen: (string | null)[] = []
    Object.assign(window, { seen })
    new MutationObserver(() => seen.push(element.getAttribute('aria-checked'))).observe(element, {
      attributeFilter: ['aria-checked'],
    })
  })
  await home.click()
  await expect(studio.notice('FORBIDDEN 403')).toBeVisible()
  await expect(home).toBeChecked()
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual(['false', 'true'])

  await page.getByRole('combobox', { name: 'Right role' }).selectOption('public')
  await expect(page.getByRole('region', { name: 'Pages for public' }).getByRole('listitem')).toHaveCount(4)
  await studio.reload()
  await expect(page.getByRole('region', { name: 'Pages for public' })).toBeVisible()
})

test('the page list itself is live', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages/events')
  const list = page.getByRole('navigation', { name: 'Pages' })
  await expect(list.getByRole('link')).toHaveCount(11)
  await page.getByRole('button', { name: 'New page' }).click()
  const form = page.getByRole('dialog', { name: 'New page' })
  await form.getByRole('textbox', { name: /^slug/ }).fill('hours')
  await form.getByRole('textbox', { name: /^title/ }).fill('Opening hours')
  await page.getByRole('button', { name: 'Create page' }).click()
  await expect(list.getByRole('link', { name: /Opening hours/ })).toBeVisible()
})

test('pages and people are found, by keyboard, as far as the role sees them', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/audit')
  const box = page.getByRole('combobox', { name: 'Search pages and people' })
  await page.keyboard.press('ControlOrMeta+k')
  await expect(box).toBeFocused()
  await page.keyboard.insertText('member')
  await expect(page.getByRole('listbox', { name: 'Found' }).getByRole('option')).toHaveText([/Members/])
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Members' })).toBeVisible()
  await expect(box).toHaveValue('')

  await box.fill('cookbooks')
  await expect(page.getByRole('option', { name: /cookbooks/ })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('grid', { name: 'User' })).toHaveAttribute('aria-rowcount', '2')

  await studio.become('public')
  await box.fill('cookbooks')
  await expect(page.getByText('Nothing that public may see has “cookbooks” in it.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('Nothing that public may see')).toBeHidden()
})
