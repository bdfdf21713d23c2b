import type { Page } from '@playwright/test'
import { expect, test } from './studio.ts'

const items = (page: Page) => page.getByRole('tree', { name: 'Components' }).getByRole('treeitem')

/** The tree as it reads: type and level of each row. */
const outline = (page: Page) =>
  items(page).evaluateAll((rows) =>
    rows.map((row) => `${row.getAttribute('aria-level')} ${row.getAttribute('aria-label')}`),
  )

test('a component tree is edited by menu and keyboard, and is there after a reload', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages/visit')
  await expect(items(page)).toHaveCount(4)

  await page.getByRole('button', { name: 'Add to the page' }).click()
  await page.getByRole('menuitem', { name: 'Card' }).click()
  await expect(items(page)).toHaveCount(5)

  // Into the section before it, then up twice.
  const card = page.getByRole('treeitem', { name: 'Card' })
  await card.focus()
  await page.keyboard.press('Alt+ArrowRight')
  await expect(card).toHaveAttribute('aria-level', '2')
  await expect(card).toBeFocused()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(card).toHaveAttribute('aria-posinset', '3')
  await page.keyboard.press('Alt+ArrowUp')
  await expect(card).toHaveAttribute('aria-posinset', '2')

  await page.getByRole('treeitem', { name: /^Image/ }).focus()
  await page.keyboard.press('Delete')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete component' }).click()
  await expect(items(page)).toHaveCount(4)

  const before = await outline(page)
  expect(before).toEqual(['1 Section', '2 Heading Visit us', '2 Card', expect.stringMatching(/^2 Text/)])
  await studio.reload()
  await expect(items(page)).toHaveCount(4)
  expect(await outline(page)).toEqual(before)
})

test('a component is dragged into another', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages/events')
  const list = page.getByRole('treeitem', { name: 'List' })
  const section = page.getByRole('treeitem', { name: 'Section' })
  await expect(list).toHaveAttribute('aria-level', '1')
  await section.getByTitle('Drag to move').hover()
  await page.mouse.down()
  await list.hover()
  await page.mouse.up()
  await expect(section).toHaveAttribute('aria-level', '2')
})

test('props are edited and shown in the preview', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages/visit')
  await page.getByRole('treeitem', { name: /^Heading/ }).click()
  const props = page.getByRole('textbox', { name: 'Heading props' })
  await props.fill('{ "text": "Come and see us", "level": 1 }')
  await page.getByRole('button', { name: 'Save props' }).click()
  await expect(page.getByRole('region', { name: 'Preview' })).toContainText('Come and see us')
  await expect(page.getByRole('treeitem', { name: 'Heading Come and see us' })).toBeVisible()
})

test('a page is made, refused with the error at its field, renamed and deleted', async ({ studio }) => {
  const { page } = studio
  await studio.open()
  await page.getByRole('button', { name: 'New page' }).click()
  const form = page.getByRole('dialog', { name: 'New page' })
  await form.getByRole('textbox', { name: /^slug/ }).fill('Not A Slug')
  await form.getByRole('textbox', { name: /^title/ }).fill('Imprint')
  await form.getByRole('button', { name: 'Create page' }).click()
  await expect(form.getByRole('textbox', { name: /^slug/ })).toHaveAttribute('aria-invalid', 'true')
  await expect(studio.notice('VALIDATION_ERROR 422')).toBeVisible()
  // The notice is read and dismissed without leaving the form.
  await studio.notice('VALIDATION_ERROR 422').getByRole('button', { name: 'Dismiss' }).click()
  await expect(studio.notice('VALIDATION_ERROR 422')).toBeHidden()

  await form.getByRole('textbox', { name: /^slug/ }).fill('imprint')
  await form.getByRole('button', { name: 'Create page' }).click()
  await expect(page.getByRole('heading', { name: 'Imprint' })).toBeVisible()

  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('textbox', { name: /^title/ }).fill('Legal notice')
  await page.getByRole('button', { name: 'Save page' }).click()
  await expect(page.getByRole('heading', { name: 'Legal notice' })).toBeVisible()

  await page.getByRole('button', { name: 'Delete page' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete page' }).click()
  await expect(page.getByRole('link', { name: /Legal notice/ })).toHaveCount(0)
})
