import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, Studio, test } from './studio.ts'
import { built, serveStudio } from './studio-server.ts'

/** Types a query over what stands there, and runs it by the keyboard. */
async function run(page: Page, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Query' })
  await editor.click()
  await page.keyboard.press('ControlOrMeta+A')
  // In one piece: the editor would close brackets that are typed.
  await page.keyboard.insertText(text)
  await page.keyboard.press('ControlOrMeta+Enter')
}

test('a filter object runs as the chosen role, and another role starts anew', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await run(
    page,
    "client.pageConfigs.list({ sort: { title: 'asc' }, select: ['title', 'level'], limit: 50, count: true })",
  )
  await expect(page.getByRole('status')).toContainText('11 rows of 11')
  await expect(page.getByRole('status')).toContainText(/in [\d.]+ m?s/)
  await expect(page.getByRole('columnheader')).toHaveText(['title', 'level'])
  await expect(page.getByRole('row').nth(1)).toContainText('Automations')

  await studio.become('public')
  await expect(page.getByText('Nothing has been run yet')).toBeVisible()
  // What was typed is still there.
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByRole('status')).toContainText('4 rows of 4')
})

test('one value, one row and no row are shown as such', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await run(page, 'await client.users.count()')
  await expect(page.getByRole('cell')).toHaveText('15')
  await run(page, "const home = client.pageConfigs.getBySlug('home');\n({ id: home.id, title: home.title })")
  await expect(page.getByRole('status')).toContainText('1 row')
  await expect(page.getByRole('cell', { name: 'Home' })).toBeVisible()
  await run(page, "client.users.list({ filter: { username: 'nobody' } })")
  await expect(page.getByText('No rows')).toBeVisible()
})

test('what is not understood is shown in its place; what is refused with its code', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await run(page, 'client.users.list({\n  limit: window.length,\n})')
  await expect(page.getByText('Line 2, column 10')).toBeVisible()
  await expect(page.getByText('There is no window here')).toBeVisible()

  await run(page, "client.users.list({ filter: { nickname: 'a' } })")
  await expect(page.getByText('VALIDATION_ERROR')).toBeVisible()
  await expect(page.getByText('filter.nickname')).toBeVisible()

  await studio.become('admin')
  await run(page, "client.pageConfigs.updateMany({ slug: 'home' }, { title: 'Mine now' })")
  await expect(page.getByText('FORBIDDEN')).toBeVisible()
  await studio.go('Audit')
  await expect(page.getByRole('row').filter({ hasText: 'FORBIDDEN' }).first()).toContainText('PageConfig')
})

test('examples and what was run before are at hand, also after a reload', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await page.getByRole('button', { name: 'Examples' }).click()
  await page.getByRole('menuitem', { name: /Pages by level/ }).click()
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByRole('columnheader')).toHaveText(['level', 'count', 'max'])

  await run(page, 'client.users.count()')
  await expect(page.getByRole('cell')).toHaveText('15')
  for (const reload of [false, true]) {
    if (reload) await studio.reload()
    await page.getByRole('button', { name: 'Recent' }).click()
    await expect(page.getByRole('menuitem')).toHaveText([/client\.users\.count/, /aggregate/])
    await page.keyboard.press('Escape')
  }
})

test('Kysely runs under the rules of the chosen role', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await page.getByRole('button', { name: 'Examples' }).click()
  await page.getByRole('menuitem', { name: /Components of each page/ }).click()
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByRole('columnheader')).toHaveText(['title', 'components'])
  await expect(page.getByRole('status')).toContainText('10 rows')
  await run(page, "const n = await db.selectFrom('User').select((eb) => eb.fn.countAll().as('n'))\nn[0].n")
  await expect(page.getByRole('cell')).toHaveText('15')

  await studio.become('user')
  await run(page, "db.selectFrom('User').select('username')")
  await expect(page.getByRole('status')).toContainText('1 row')
  await run(page, "db.selectFrom('Workflow').selectAll()")
  await expect(page.getByText('FORBIDDEN')).toBeVisible()
  await run(page, "db.selectFrom('User')")
  await expect(page.getByText('VALIDATION_ERROR')).toBeVisible()
})

test('names of the schema are completed', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await page.getByRole('textbox', { name: 'Query' }).click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('client.pageC')
  await expect(page.getByRole('option', { name: /pageConfigs/ })).toBeVisible()
  // The editor takes no choice in the first moment, in which it could be a slip.
  await page.waitForTimeout(200)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Query' })).toHaveText('client.pageConfigs')
})

test('a long result scrolls, and only what is in sight is drawn', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  const audit = 'client.entity("ComponentNode").list({ limit: 100 })'
  await run(page, `const page = ${audit};\n[...page.data, ...page.data, ...page.data, ...page.data]`)
  await expect(page.getByRole('status')).toContainText(/^\d{3} rows/)
  const rows = page.getByRole('table', { name: 'Result' }).getByRole('row')
  expect(await rows.count()).toBeLessThan(60)
  await page.getByRole('region', { name: 'Rows' }).focus()
  await page.keyboard.press('End')
  const last = await page.getByRole('table', { name: 'Result' }).getAttribute('aria-rowcount')
  await expect(page.locator(`tr[aria-rowindex="${last}"]`)).toBeVisible()
})

/** Later: what the debugger itself runs is not held to the policy. */
const evaluateText = () =>
  new Promise<string>((resolve) => {
    setTimeout(() => {
      try {
        resolve(String(new Function('return "allowed"')()))
      } catch (error) {
        resolve((error as Error).name)
      }
    })
  })

test("the console needs no 'unsafe-eval'", async ({ page }) => {
  const html = await readFile(`${built}index.html`, 'utf8')
  const [, inline = ''] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? []
  const hash = createHash('sha256').update(inline).digest('base64')
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; style-src 'self' 'unsafe-inline'`
  const server = await serveStudio({ 'content-security-policy': policy })
  const refused: string[] = []
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()))
  try {
    const studio = new Studio(page, server.url)
    await studio.open('#/queries')
    expect(await page.evaluate(evaluateText)).toBe('EvalError')
    refused.length = 0
    await run(page, '[1, 2].map((n) => ({ n, text: "no " + n }))')
    await expect(page.getByRole('cell')).toHaveText(['1', 'no 1', '2', 'no 2'])
    await run(page, 'client.users.count()')
    await expect(page.getByRole('cell')).toHaveText('15')
    expect(refused).toEqual([])
  } finally {
    await server.close()
  }
})

test('the plan of a run is shown to the roles that may know it', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await studio.become('god')
  await run(page, "client.pageConfigs.list({ filter: { slug: 'home' }, count: true })")
  await page.getByText('Plan', { exact: false }).filter({ hasText: '2 statements' }).click()
  const plan = page.getByRole('region', { name: 'Plan' })
  await expect(plan.getByRole('listitem').first()).toContainText(/1 row in [\d.]+/)
  await expect(plan).toContainText(/SEARCH t USING INDEX/)

  await run(page, "db.selectFrom('User').select('id').where('role', '=', 'admin')")
  await page.getByText('Plan', { exact: false }).filter({ hasText: '1 statement' }).click()
  await expect(plan).toContainText('User.role.index')

  // A write has none.
  await run(page, "client.pageConfigs.updateMany({ slug: 'nothing-like-it' }, { title: 'x' })")
  await expect(page.getByRole('status')).toContainText('1 row')
  await expect(page.getByText('statement')).toHaveCount(0)

  await studio.become('admin')
  await run(page, "client.pageConfigs.list({ filter: { slug: 'home' } })")
  await expect(page.getByRole('status')).toContainText('1 row')
  await expect(page.getByText('statement')).toHaveCount(0)
})

test('SQL text is there where the address asks for it, for a supergod', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/queries')
  await studio.become('supergod')
  await expect(page.getByRole('button', { name: 'Run' })).toBeVisible()
  await expect(page.getByRole('group', { name: 'Language' })).toHaveCount(0)

  await studio.open('?sql#/queries')
  await studio.become('supergod')
  await page.getByRole('button', { name: 'SQL', exact: true }).click()
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByRole('columnheader')).toHaveText(['role', 'users'])
  await page.getByText('Plan', { exact: false }).filter({ hasText: '1 statement' }).click()
  await expect(page.getByRole('region', { name: 'Plan' })).toContainText('User')
  await run(page, 'select * from Credential')
  await expect(page.getByText('FORBIDDEN')).toBeVisible()
  await studio.become('god')
  await expect(page.getByRole('group', { name: 'Language' })).toHaveCount(0)
})
