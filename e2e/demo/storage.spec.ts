import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from './studio.ts'

test('the database is downloaded as a file that SQLite opens', async ({ studio }, { outputDir }) => {
  const { page } = studio
  await studio.open('#/storage')
  await expect(page.getByRole('link', { name: /^Storage: opfs, connected/ })).toBeVisible()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download as .sqlite' }).click()
  const copy = join(outputDir, 'lantern-books.sqlite')
  await (await download).saveAs(copy)
  const database = new DatabaseSync(copy, { readOnly: true })
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  expect(database.prepare('SELECT count(*) AS users FROM "User"').get()).toEqual({ users: 15 })
  expect(database.prepare('SELECT title FROM PageConfig WHERE slug = ?').get('home')).toEqual({
    title: 'Home',
  })
  database.close()
})

test('integrity, analyze and vacuum say what came of them', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/storage')
  await page.getByRole('button', { name: 'Check integrity' }).click()
  await expect(page.getByText('The file and its foreign keys are sound.')).toBeVisible()
  await page.getByRole('button', { name: 'Analyze' }).click()
  await expect(studio.notice('The planner’s statistics are new')).toBeVisible()
  await page.getByRole('button', { name: 'Vacuum' }).click()
  await expect(studio.notice('The file has no free pages left')).toBeVisible()
})

test('the sample is planted once: what was deleted stays deleted', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/pages/events')
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Delete page' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete page' }).click()
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link')).toHaveCount(10)
  await studio.reload()
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link')).toHaveCount(10)
})

test('a rollback says what it loses, and what is applied again gets the sample back', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/migrations')
  await page
    .getByRole('button', { name: /^Roll back / })
    .first()
    .click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('every row in them is lost')
  await question.getByRole('button', { name: /^Roll back/ }).click()
  await expect(page.getByRole('heading', { name: 'Version 0' })).toBeVisible()

  await page.getByRole('button', { name: /^Apply/ }).click()
  await expect(page.getByRole('button', { name: 'Nothing to apply' })).toBeVisible()
  await studio.go('Pages')
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link')).toHaveCount(11)

  await studio.become('admin')
  await studio.go('Migrations')
  await expect(page.getByRole('button', { name: /^Roll back / }).first()).toHaveAttribute(
    'aria-disabled',
    'true',
  )
})
