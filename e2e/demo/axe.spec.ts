import { seriousFindings } from './look.ts'
import { expect, test } from './studio.ts'

const addresses = [
  '#/pages',
  '#/pages/home',
  '#/pages?beside=god~public',
  '#/data/User',
  '#/queries',
  '#/audit',
  '#/storage',
  '#/migrations',
  '#/access',
] as const

type Look = readonly [colorScheme: 'light' | 'dark', width: number, addresses: readonly string[]]

const isOneOfTwo = (_: string, at: number) => at % 2 === 0
const isTheOther = (_: string, at: number) => at % 2 === 1

/** A look at a panel takes seconds: `npm test` looks at each once, `npm run test:faults` at each in every theme and width. */
const looks: readonly Look[] =
  process.env['AXE'] === 'all'
    ? (['light', 'dark'] as const).flatMap((theme) =>
        [1440, 360].map((width) => [theme, width, addresses] as const),
      )
    : [
        ['light', 1440, addresses.filter(isOneOfTwo)],
        ['dark', 360, addresses.filter(isTheOther)],
      ]

for (const [colorScheme, width, looked] of looks) {
  test(`axe finds nothing serious: ${colorScheme}, ${width} pixels`, async ({ studio, page }) => {
    // Every panel, each looked at whole.
    test.setTimeout(300_000)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 800 })
    await studio.open()
    const findings: unknown[] = []
    for (const address of looked) {
      await page.goto(studio.url + address)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.getByRole('status', { name: /^(Reading|Loading|Asking)/ })).toHaveCount(0)
      findings.push(...(await seriousFindings(page)).map((finding) => [address, ...finding]))
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (overflow > 0) findings.push([address, 'scrolls sideways', overflow])
    }
    expect(findings).toEqual([])
  })
}

test('axe finds nothing serious in dialogs, menus and an editor that was refused', async ({
  studio,
  page,
}) => {
  test.setTimeout(300_000)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const findings: unknown[] = []
  const look = async (at: string) => {
    findings.push(...(await seriousFindings(page)).map((finding) => [at, ...finding]))
  }
  await studio.open('#/pages/home')
  await page.getByRole('button', { name: 'New page' }).click()
  await page.getByRole('button', { name: 'Create page' }).click()
  await expect(page.getByText('is required').first()).toBeVisible()
  await look('a form with errors')
  // One Escape closes the form, notice or not.
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  await page.getByRole('button', { name: /^Role: / }).click()
  await look('the role menu')
  await page.keyboard.press('Escape')

  await page.goto(`${studio.url}#/data/User`)
  await page.getByRole('button', { name: 'Open row 1', exact: true }).click()
  await expect(page.getByRole('dialog').getByRole('textbox').first()).toBeVisible()
  await look('an open row')
  await page.keyboard.press('Escape')

  await page.getByRole('gridcell', { name: 'night-owl', exact: true }).dblclick()
  await page.getByRole('textbox', { name: 'username' }).fill('x')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'username' })).toHaveAttribute('aria-invalid', 'true')
  await look('a refused cell')
  await page.keyboard.press('Escape')

  await page.goto(`${studio.url}#/queries`)
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(page.getByRole('table', { name: 'Result' })).toBeVisible()
  await look('a result')
  await page.locator('summary').filter({ hasText: 'Plan' }).click()
  await look('a plan')
  await page.getByRole('button', { name: 'Examples' }).click()
  await look('the examples')
  await page.keyboard.press('Escape')
  await page.getByRole('combobox', { name: 'Search pages and people' }).fill('o')
  await expect(page.getByRole('listbox', { name: 'Found' })).toBeVisible()
  await look('what was found')
  expect(findings).toEqual([])
})
