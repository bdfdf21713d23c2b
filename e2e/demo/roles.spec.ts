import { expect, type RoleName, test } from './studio.ts'

/** What each role finds in the panels; the engine decides, the studio shows. */
const expectations: readonly {
  role: RoleName
  pages: number
  seesDraft: boolean
  users: number | 'no access'
  seesAudit: boolean
}[] = [
  { role: 'public', pages: 4, seesDraft: false, users: 'no access', seesAudit: false },
  { role: 'user', pages: 7, seesDraft: true, users: 1, seesAudit: false },
  { role: 'admin', pages: 9, seesDraft: true, users: 15, seesAudit: true },
  { role: 'god', pages: 11, seesDraft: true, users: 15, seesAudit: true },
  { role: 'supergod', pages: 11, seesDraft: true, users: 15, seesAudit: true },
]

for (const { role, pages, seesDraft, users, seesAudit } of expectations) {
  test(`${role} sees what the rules allow`, async ({ studio }) => {
    const { page } = studio
    await studio.open()
    await studio.become(role)

    const list = page.getByRole('navigation', { name: 'Pages' })
    await expect(list.getByRole('link')).toHaveCount(pages)
    await expect(list.getByRole('link', { name: /Christmas list/ })).toHaveCount(seesDraft ? 1 : 0)
    await expect(studio.note).toContainText(role)

    await page.goto(`${studio.url}#/data/User`)
    if (users === 'no access') {
      await expect(page.getByText(`${role} does not see User`)).toBeVisible()
    } else {
      await expect(page.getByRole('grid', { name: 'User' })).toHaveAttribute(
        'aria-rowcount',
        String(users + 1),
      )
    }

    await studio.go('Audit')
    if (seesAudit) await expect(page.getByRole('region', { name: 'Audit log' })).toBeVisible()
    else await expect(page.getByText(`${role} does not see the audit log`)).toBeVisible()
  })
}

test('asking anyway is refused by the engine and stands in the audit log', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/data/Workflow')
  await studio.become('user')
  await expect(page.getByText('No rule gives read on Workflow to user')).toBeVisible()
  await page.getByRole('button', { name: 'Ask the engine anyway' }).click()
  await expect(studio.notice('FORBIDDEN 403')).toBeVisible()

  await studio.become('admin')
  await studio.go('Audit')
  const refused = page.getByRole('row').filter({ hasText: 'FORBIDDEN' })
  await expect(refused.first()).toContainText('Workflow')
  await expect(refused.first()).toContainText('customer')
})

test('a button that a rule refuses says which', async ({ studio }) => {
  const { page } = studio
  await studio.open()
  await studio.become('admin')
  const button = page.getByRole('button', { name: 'New page' })
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await button.focus()
  await expect(page.getByRole('tooltip')).toContainText('No rule gives create on PageConfig to admin')
})

test('the matrix answers from the rules', async ({ studio }) => {
  const { page } = studio
  await studio.open('#/access')
  await page.getByRole('button', { name: 'user, update User: some rows' }).click()
  await expect(page.getByText("rowFilter: 'id = $user.id'")).toBeVisible()
  await page.getByRole('button', { name: 'admin, create PageConfig: no' }).click()
  await expect(
    page.getByText('No rule gives create on PageConfig to admin; the rules give it to god and supergod.'),
  ).toBeVisible()
})
