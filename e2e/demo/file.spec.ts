import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '@playwright/test'
import { expect, test } from './studio.ts'

/** A file as someone may have lying about: names with spaces, a composite key, a view, bytes, a reference. */
function makeFile(path: string): void {
  const database = new DatabaseSync(path)
  database.exec(`
    CREATE TABLE Harbour (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE "Ship Log" (
      id INTEGER PRIMARY KEY, title TEXT NOT NULL, harbour_id INTEGER REFERENCES Harbour (id), tonnes REAL, crest BLOB
    );
    CREATE TABLE Crew (ship INTEGER NOT NULL, seat INTEGER NOT NULL, name TEXT, PRIMARY KEY (ship, seat));
    CREATE VIEW Heavy AS SELECT id, title FROM "Ship Log" WHERE tonnes > 900;
    INSERT INTO Harbour VALUES (1, 'Bergen'), (2, 'Cork');
    INSERT INTO Crew VALUES (1, 1, 'Ada'), (1, 2, 'Ben');
  `)
  const insert = database.prepare(
    'INSERT INTO "Ship Log" (title, harbour_id, tonnes, crest) VALUES (?, ?, ?, ?)',
  )
  for (let number = 1; number <= 1000; number++)
    insert.run(`Voyage ${number}`, (number % 2) + 1, number, new Uint8Array([1, 2, 3]))
  database.close()
}

async function choose(page: Page, path: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: /Open a SQLite file/ }).click()
  await (await chooser).setFiles(path)
}

test('a SQLite file is opened, browsed, edited and downloaded again', async ({ studio }, { outputDir }) => {
  const { page } = studio
  const path = join(tmpdir(), `ships-${process.pid}.sqlite`)
  await rm(path, { force: true })
  makeFile(path)
  await studio.open()
  await choose(page, path)
  await expect(page.getByRole('heading', { level: 1, name: /ships/ })).toBeVisible()

  const entities = page.getByRole('navigation', { name: 'Entities' })
  await expect(entities.getByRole('link')).toHaveCount(4)
  await entities.getByRole('link', { name: /Ship Log/ }).click()
  const grid = page.getByRole('grid', { name: 'Ship Log' })
  await expect(grid).toHaveAttribute('aria-rowcount', '1001')
  // The reference is told by the name of the row that it names.
  await expect(page.getByRole('row').nth(1)).toContainText('Cork')

  await page.getByRole('button', { name: 'Last page' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Voyage 1000' })).toBeVisible()
  await page.getByRole('searchbox', { name: 'Search in this table' }).fill('voyage 77')
  await expect(grid).toHaveAttribute('aria-rowcount', '12')

  await page.getByRole('gridcell', { name: 'Voyage 77', exact: true }).dblclick()
  await page.getByRole('textbox', { name: 'title' }).fill('Voyage home')
  await page.keyboard.press('Enter')
  await page.getByRole('searchbox', { name: 'Search in this table' }).fill('home')
  await expect(page.getByRole('gridcell', { name: 'Voyage home' })).toBeVisible()

  // A view is read and not written.
  await entities.getByRole('link', { name: /Heavy/ }).click()
  await expect(page.getByRole('grid', { name: 'Heavy' })).toHaveAttribute('aria-rowcount', '101')
  await expect(page.getByRole('button', { name: 'New row' })).toHaveAttribute('aria-disabled', 'true')

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download it' }).click()
  const copy = join(outputDir, 'copy.sqlite')
  await (await download).saveAs(copy)
  const database = new DatabaseSync(copy, { readOnly: true })
  expect(database.prepare('SELECT title FROM "Ship Log" WHERE id = 77').get()).toEqual({
    title: 'Voyage home',
  })
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
  await rm(path)
})

test('a file dropped on the window is opened, and left again', async ({ studio }) => {
  const { page } = studio
  const path = join(tmpdir(), `dropped-${process.pid}.sqlite`)
  await rm(path, { force: true })
  makeFile(path)
  await studio.open()
  const input = await page.evaluateHandle(() =>
    document.body.appendChild(Object.assign(document.createElement('input'), { type: 'file' })),
  )
  await input.asElement()?.setInputFiles(path)
  await page.evaluate((from) => {
    const transfer = new DataTransfer()
    const file = (from as HTMLInputElement).files?.[0]
    if (file) transfer.items.add(file)
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(
        new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }),
      )
    }
    ;(from as HTMLInputElement).remove()
  }, input)
  await expect(page.getByRole('heading', { level: 1, name: /dropped/ })).toBeVisible()

  await page.getByRole('button', { name: /^Database: / }).click()
  await page.getByRole('menuitem', { name: /back to Lantern Books/ }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Data' })).toBeVisible()
  await rm(path)
})

test('a file that is no SQLite file is refused in words, and the site stays open', async ({ studio }) => {
  const { page } = studio
  await studio.open()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: /Open a SQLite file/ }).click()
  await (await chooser).setFiles({
    name: 'letter.sqlite',
    mimeType: 'text/plain',
    buffer: Buffer.from('Dear reader, '.repeat(500)),
  })
  await expect(studio.notice('VALIDATION_ERROR 422')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Pages' })).toBeVisible()
})

test('a second file takes the place of the first', async ({ studio }, { outputDir }) => {
  const { page } = studio
  const paths = ['first', 'second'].map((name) => join(outputDir, `${name}.sqlite`))
  await mkdir(outputDir, { recursive: true })
  for (const [index, path] of paths.entries()) {
    const database = new DatabaseSync(path)
    database.exec(`CREATE TABLE ${index === 0 ? 'Apples' : 'Pears'} (id INTEGER PRIMARY KEY, name TEXT)`)
    database.close()
  }
  await studio.open()
  await choose(page, paths[0] ?? '')
  await expect(page.getByRole('grid', { name: 'Apples' })).toBeVisible()
  await choose(page, paths[1] ?? '')
  await expect(page.getByRole('grid', { name: 'Pears' })).toBeVisible()
})
