import type { DBALClient } from '@metabuilder/dbal'
import { expect, test } from './app.ts'

declare global {
  interface Window {
    god: DBALClient
    live: { open: number; opened: number }
    shown: Record<string, string[]>
    homeId: string
    answers: ((text: string) => void)[]
    mutations: Set<unknown>
    mounts: number
    kv: { setCount: (step: (before: number) => number) => Promise<void>; setList: unknown }
  }
}

const createPage = (title: string) =>
  window.god.pageConfigs.create({ slug: title.toLowerCase(), title, level: 1, isPublished: true })

test('strict mode mounts everything twice here, and each live query is one subscription', async ({
  open,
}) => {
  const page = await open('Live')
  await expect(page.getByTestId('first')).toHaveText('Desk, Home, News')
  await expect(page.getByTestId('second')).toHaveText('Desk, Home, News')
  expect(await page.evaluate(() => window.mounts)).toBe(2)
  expect(await page.evaluate(() => window.live)).toEqual({ open: 1, opened: 1 })

  await page.evaluate(createPage, 'About')
  await expect(page.getByTestId('first')).toHaveText('About, Desk, Home, News')
  await expect(page.getByTestId('second')).toHaveText('About, Desk, Home, News')

  // The subscription lives as long as somebody shows it.
  await page.getByRole('button', { name: 'One less' }).click()
  await expect(page.getByTestId('second')).toBeHidden()
  expect(await page.evaluate(() => window.live)).toEqual({ open: 1, opened: 1 })
  await page.getByRole('button', { name: 'One less' }).click()
  await expect.poll(() => page.evaluate(() => window.live.open)).toBe(0)
  await page.getByRole('button', { name: 'Both' }).click()
  await expect(page.getByTestId('second')).toHaveText('About, Desk, Home, News')
  expect(await page.evaluate(() => window.live)).toEqual({ open: 1, opened: 2 })
})

test('a select of Kysely is live, under the rules of its client and with the values of the render', async ({
  open,
}) => {
  const page = await open('Levels')
  const levels = page.getByTestId('levels')
  await expect(levels).toHaveText('1: 2, 3: 1')
  await page.evaluate(createPage, 'About')
  await expect(levels).toHaveText('1: 3, 3: 1')
  await page.getByRole('button', { name: 'Above 2' }).click()
  await expect(levels).toHaveText('3: 1')
  await page.getByRole('button', { name: 'Become user' }).click()
  await expect(levels).toHaveText('')
  const { levels: shown } = await page.evaluate(() => window.shown)
  expect(shown).toEqual(['loading', '1: 2, 3: 1', '1: 3, 3: 1', 'loading', '3: 1', 'loading', ''])
})

test('another client shows what that one may see, and nothing of the one before', async ({ open }) => {
  const page = await open('Swap')
  await expect(page.getByTestId('titles')).toHaveText('Desk, Home, News')
  await expect(page.getByTestId('count')).toHaveText('success 3')
  await page.getByRole('button', { name: 'user' }).click()
  await expect(page.getByTestId('titles')).toHaveText('Home, News')
  await expect(page.getByTestId('count')).toHaveText('success 2')
  const { titles, count } = await page.evaluate(() => window.shown)
  expect(titles).toEqual(['loading', 'Desk, Home, News', 'loading', 'Home, News'])
  expect(count).toEqual(['loading -', 'success 3', 'loading -', 'success 2'])
  await expect.poll(() => page.evaluate(() => window.live.open)).toBe(1)
})

test('a change shows at once and stays when it is done', async ({ open }) => {
  const page = await open('Rename')
  await expect(page.getByTestId('live')).toHaveText('Desk, Home, News')
  await expect(page.getByTestId('listed')).toHaveText('Desk, Home, News')
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(page.getByTestId('rename')).toHaveText('success')
  // The engine puts it in its place.
  await expect(page.getByTestId('live')).toHaveText('Desk, News, Start')
  await expect(page.getByTestId('listed')).toHaveText('Desk, News, Start')
  const { live, listed } = await page.evaluate(() => window.shown)
  expect(live).toEqual(['loading', 'Desk, Home, News', 'Desk, Start, News', 'Desk, News, Start'])
  expect(listed).toEqual(['loading', 'Desk, Home, News', 'Desk, Start, News', 'Desk, News, Start'])
  expect(await page.evaluate(() => window.mutations.size), 'mutate stays the same function').toBe(1)
})

test('a refused change is taken back, and the refusal is told', async ({ open }) => {
  const page = await open('Rename')
  await page.getByRole('button', { name: 'Become admin' }).click()
  await expect(page.getByTestId('live')).toHaveText('Desk, Home, News')
  await expect(page.getByTestId('listed')).toHaveText('Desk, Home, News')
  await page.evaluate(() => {
    for (const list of Object.values(window.shown)) list.length = 0
  })
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(page.getByTestId('rename')).toHaveText('error FORBIDDEN FORBIDDEN')
  await expect(page.getByTestId('live')).toHaveText('Desk, Home, News')
  const { live, listed } = await page.evaluate(() => window.shown)
  expect(live).toEqual(['Desk, Start, News', 'Desk, Home, News'])
  expect(listed).toEqual(['Desk, Start, News', 'Desk, Home, News'])

  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByTestId('others')).toHaveText('error error FORBIDDEN')
  await expect(page.getByTestId('live')).toHaveText('Desk, Home, News')
  const after = await page.evaluate(() => window.shown['live'])
  expect(after?.slice(2)).toContain('Added…, Desk, Home, News')
  expect(after?.at(-1)).toBe('Desk, Home, News')
})

test('what others change while a change waits is not lost', async ({ open }) => {
  const page = await open('Rename')
  await expect(page.getByTestId('live')).toHaveText('Desk, Home, News')
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.evaluate(createPage, 'Other')
  await expect(page.getByTestId('live')).toHaveText('Added, Desk, News, Other')
  await expect(page.getByTestId('others')).toHaveText('success success')
})

test('the answer to an older call never replaces a newer one', async ({ open }) => {
  const page = await open('Race')
  const answer = page.getByTestId('answer')
  const calls = () => page.evaluate(() => window.answers.length)
  await expect(answer).toHaveText('loading -')
  // Strict mode comes back at once: that is no second call.
  expect(await calls()).toBe(1)
  await page.getByRole('button', { name: 'Again' }).click()
  await expect.poll(calls).toBe(2)
  await page.evaluate(() => window.answers[1]?.('newer'))
  await expect(answer).toHaveText('success newer')
  await page.evaluate(() => window.answers[0]?.('older'))
  await page.getByRole('button', { name: 'Other key' }).click()
  await expect(answer).toHaveText('loading -')
  await page.evaluate(() => window.answers[2]?.('of b'))
  await expect(answer).toHaveText('success of b')
  await page.getByRole('button', { name: 'Switch' }).click()
  await expect(answer).toHaveText('idle -')
  expect(await calls()).toBe(3)
})

test('Suspense waits once for a question, and an error reaches the boundary', async ({ open }) => {
  const page = await open('Waiting')
  await expect(page.getByTestId('level')).toHaveText('2 Home, News')
  await page.getByRole('button', { name: 'Level 3', exact: true }).click()
  await expect(page.getByTestId('level')).toHaveText('1 Desk')
  expect(await page.evaluate(() => window.shown['waiting'])).toEqual([
    'fallback',
    '2 Home, News',
    'fallback',
    '1 Desk',
  ])
  await page.evaluate(() =>
    window.god.pageConfigs.create({ slug: 'more', title: 'More', level: 3, isPublished: true }),
  )
  await expect(page.getByTestId('level')).toHaveText('1 Desk, More')

  await page.getByRole('button', { name: 'No level' }).click()
  await expect(page.getByRole('alert')).toContainText('filter.level')
  await page.getByRole('button', { name: 'Level 3', exact: true }).click()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByTestId('level')).toHaveText('2 Desk, More')
})

test('in a transition the old rows stay until the new ones are there', async ({ open }) => {
  const page = await open('Waiting')
  await expect(page.getByTestId('level')).toHaveText('2 Home, News')
  await page.getByRole('button', { name: 'Level 3, gently' }).click()
  await expect(page.getByTestId('level')).toHaveText('1 Desk')
  expect(await page.evaluate(() => window.shown['waiting'])).toEqual(['fallback', '2 Home, News', '1 Desk'])
})

test('the connection says where the data is, and when it is closed', async ({ open }) => {
  const page = await open('Connection')
  await expect(page.getByTestId('connection')).toHaveText('connected memory leader')
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByTestId('connection')).toHaveText('closed memory leader')
})

test('a kept value is shared by components and tabs, and outlives a reload', async ({ open }) => {
  const [one, two] = [await open('Kept'), await open('Kept')]
  await one.getByRole('button', { name: 'Count' }).click()
  await expect(one.getByTestId('kept')).toHaveText('1')
  await expect(one.getByTestId('also')).toHaveText('1')
  await expect(two.getByTestId('kept')).toHaveText('1')

  // Both count at once: no step is lost.
  const countMuch = () =>
    Promise.all(Array.from({ length: 20 }, () => window.kv.setCount((before) => before + 1)))
  await Promise.all([one.evaluate(countMuch), two.evaluate(countMuch)])
  await expect(one.getByTestId('kept')).toHaveText('41')
  await expect(two.getByTestId('kept')).toHaveText('41')

  await one.reload()
  await expect(one.getByTestId('kept')).toHaveText('41')
  await two.getByRole('button', { name: 'Delete' }).click()
  await expect(one.getByTestId('kept')).toHaveText('0')
  await expect(two.getByTestId('kept')).toHaveText('0')
})

test('a tab that comes back from the cache of the browser reads what it has missed', async ({ open }) => {
  const [one, two] = [await open('Kept'), await open('Kept')]
  await expect(one.getByTestId('kept')).toHaveText('0')
  // What the browser does with a page that is left and come back to.
  const tell = (type: string) => dispatchEvent(new PageTransitionEvent(type, { persisted: true }))
  await one.evaluate(tell, 'pagehide')
  await two.getByRole('button', { name: 'Count' }).click()
  await expect(two.getByTestId('kept')).toHaveText('1')
  await expect(one.getByTestId('kept')).toHaveText('0')
  await one.evaluate(tell, 'pageshow')
  await expect(one.getByTestId('kept')).toHaveText('1')
  await two.getByRole('button', { name: 'Count' }).click()
  await expect(one.getByTestId('kept')).toHaveText('2')
})

test('a value that cannot be kept is taken back', async ({ open }) => {
  const page = await open('Kept')
  await expect(page.getByTestId('list')).toHaveText('first')
  await page.getByRole('button', { name: 'Break' }).click()
  await expect(page.getByTestId('told')).toHaveText('DataCloneError')
  await expect(page.getByTestId('list')).toHaveText('first')
  expect((await page.evaluate(() => window.shown['list']))?.length).toBe(3)
})
