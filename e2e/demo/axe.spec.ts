import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './studio.ts'

const addresses = [
  '#/pages',
  '#/pages/home',
  '#/data/User',
  '#/audit',
  '#/storage',
  '#/migrations',
  '#/access',
] as const

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing serious: ${colorScheme}, ${width} pixels`, async ({ studio, page }) => {
      // Seven panels, each looked at whole.
      test.setTimeout(300_000)
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 800 })
      await studio.open()
      const findings: unknown[] = []
      for (const address of addresses) {
        await page.goto(studio.url + address)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(page.getByRole('status', { name: /^(Reading|Loading|Asking)/ })).toHaveCount(0)
        const { violations } = await new AxeBuilder({ page })
          .options({ resultTypes: ['violations'] })
          .analyze()
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        findings.push(
          ...serious.map(({ id, nodes }) => [address, id, nodes.map((node) => node.html.slice(0, 160))]),
        )
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (overflow > 0) findings.push([address, 'scrolls sideways', overflow])
      }
      expect(findings).toEqual([])
    })
  }
}
