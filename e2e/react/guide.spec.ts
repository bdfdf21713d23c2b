/** The examples of docs/guide/react.md, as the page has them, in one app. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startStaticServer } from '../../scripts/static-server.ts'
import { componentsOf } from '../../test/docs/components.ts'
import { buildApp, expect, test } from './app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Plants three tasks, then draws what every module exports. */
const main = `
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { Counts } from './counts'
import { client } from './database'
import { Draft } from './draft'
import { ExportButton, Session } from './session'
import { StorageNote } from './storage-note'
import { TaskList } from './task-list'
import { Waiting } from './waiting'
import { DBALProvider } from '@metabuilder/dbal/react'

await client.tasks.createMany(['one', 'two', 'three'].map((title, rank) => ({ title, rank, isDone: title === 'three' })))
const part = (name, element) => <div data-testid={name}>{element}</div>
createRoot(document.getElementById('root')).render(
  <StrictMode>
    {part('app', <App />)}
    <DBALProvider client={client}>
      {part('counts', <Counts />)}
      {part('list', <TaskList />)}
      {part('waiting', <Waiting />)}
      {part('draft', <Draft />)}
      {part('storage', <StorageNote />)}
    </DBALProvider>
    {part('session', <Session userId="0197a000-0000-7000-8000-000000000003"><ExportButton /><Counts /></Session>)}
  </StrictMode>,
)
`

test('the examples of the guide do what it says', async ({ page }) => {
  const folder = join(root, `.cache/react-guide-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    for (const { name, text } of componentsOf(readFileSync(join(root, 'docs/guide/react.md'), 'utf8')))
      writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, 'main.tsx'), main)
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="./main.tsx"></script>',
    )
    await buildApp(folder, join(folder, 'built'))
    const server = await startStaticServer(join(folder, 'built'))
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(`${server.url}/`)
    const part = (name: string) => page.getByTestId(name)

    await expect(part('app').getByRole('listitem')).toHaveText(['one', 'two'])
    await expect(part('counts')).toContainText('2 tasks, the first is one')
    await part('counts').getByRole('checkbox').check()
    await expect(part('counts')).toContainText('1 tasks')
    await expect(part('waiting')).toHaveText('2 open')
    await expect(part('storage')).toHaveText('connected')

    await part('list').getByRole('button', { name: 'Shout' }).first().click()
    await expect(part('app').getByRole('listitem')).toHaveText(['ONE', 'two'])
    await part('list').getByRole('button', { name: 'Repeat' }).nth(1).click()
    await expect(part('list').getByRole('alert')).toContainText('title')
    await expect(part('app').getByRole('listitem')).toHaveText(['ONE', 'two'])
    await part('list').getByRole('button', { name: 'Remove' }).nth(1).click()
    await expect(part('app').getByRole('listitem')).toHaveText(['ONE'])
    await part('list').getByRole('button', { name: 'Add' }).click()
    await expect(part('app').getByRole('listitem')).toHaveText(['ONE', 'Water the plants'])
    await expect(part('waiting')).toHaveText('2 open')

    await part('draft').getByRole('textbox').fill('kept')
    await part('draft').getByRole('button', { name: 'Stress' }).click()
    await expect(part('draft').getByRole('textbox')).toHaveValue('kept!')

    // Of another user, over the same tasks.
    await expect(part('session')).toContainText('2 tasks')
    await part('session').getByRole('button', { name: 'Print' }).click()

    await page.reload()
    await expect(part('draft').getByRole('textbox')).toHaveValue('kept!')
    await part('draft').getByRole('button', { name: 'Forget' }).click()
    await expect(part('draft').getByRole('textbox')).toHaveValue('')
    expect(problems).toEqual([])
    await server.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
