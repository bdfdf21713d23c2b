/** What axe finds in a page as it stands, of weight. */

import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** @returns rule and nodes of every serious and critical finding */
export async function seriousFindings(page: Page): Promise<(readonly [rule: string, nodes: string[]])[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    // In the page itself. Else what was found is put together in another page, which takes as long as finding it: for
    // frames of other origins, and the studio has no frames.
    .setLegacyMode()
    .analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])
}
