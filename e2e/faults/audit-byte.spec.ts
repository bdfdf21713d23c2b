/** One byte of one row of the audit log is changed in the database's file, and the client names that row. */

import { expect, openClient, test } from '../worker/fixtures.ts'

interface Entry {
  readonly seq: number
  readonly at: string
  readonly userId: string | null
  readonly rowIds: readonly unknown[]
  readonly changes: Readonly<Record<string, unknown>> | null
  readonly prevHash: string
  readonly hash: string
}

interface Place {
  /** What the file holds once: neighbouring values of one row stand side by side. */
  readonly text: string
  /** The byte to change. */
  readonly at: number
}

const places: readonly [name: string, placeIn: (entry: Entry) => Place][] = [
  ['the time', ({ at, userId }) => ({ text: `${at}${userId}`, at: 20 })],
  ['the user', ({ at, userId }) => ({ text: `${at}${userId}`, at: 30 })],
  ['the ids of the rows', ({ rowIds }) => ({ text: JSON.stringify(rowIds), at: 5 })],
  ['the changed values', ({ changes }) => ({ text: JSON.stringify(changes?.['title']), at: 8 })],
  ['the hash of the entry before', ({ prevHash, hash }) => ({ text: `${prevHash}${hash}`, at: 5 })],
  ['its own hash', ({ prevHash, hash }) => ({ text: `${prevHash}${hash}`, at: 100 })],
]

test('a changed byte of an audit entry', async ({ openPage }) => {
  const page = await openPage()
  expect(await openClient(page)).toMatchObject({ persistence: 'opfs' })
  const entries = await page.evaluate(async () => {
    for (let at = 0; at < 9; at++) {
      await window.client.pageConfigs.create({
        slug: `page-${at}`,
        title: `Title ${at} of its own`,
        level: 1,
      })
      // Two entries of one millisecond have the same time.
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    if (!(await window.client.audit.verify()).ok)
      throw new Error('The log did not hold before anything was changed')
    return (await window.client.audit.list({ filter: { operation: 'create' }, sort: { seq: 'asc' } })).data
  })

  // From the newest to the oldest: the log is named at its first bad entry, which is then the one just changed.
  for (const [index, [name, placeIn]] of places.entries()) {
    await test.step(name, async () => {
      const entry = entries[7 - index]
      if (!entry) throw new Error('There are not as many entries as rows')
      await page.evaluate(() => window.client.close())
      expect(await page.evaluate(changeByte, placeIn(entry))).toBe(1)
      await openClient(page)
      expect(await page.evaluate(() => window.client.audit.verify())).toMatchObject({
        ok: false,
        entries: entry.seq - 1,
        firstBad: { seq: entry.seq, reason: expect.stringMatching(/./) },
      })
      expect(await page.evaluate(() => window.client.pageConfigs.count())).toBe(9)
    })
  }
})

/** In the files of the origin, of which no worker holds one now. @returns how often the text is there; changed is the first */
async function changeByte({ text, at }: Place): Promise<number> {
  const wanted = new TextEncoder().encode(text)
  let found = 0
  const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
    for await (const handle of folder.values()) {
      if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle)
      else await search(handle as FileSystemFileHandle)
    }
  }
  const search = async (handle: FileSystemFileHandle): Promise<void> => {
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer())
    for (
      let start = bytes.indexOf(wanted[0] ?? 0);
      start >= 0;
      start = bytes.indexOf(wanted[0] ?? 0, start + 1)
    ) {
      if (!wanted.every((byte, index) => bytes[start + index] === byte)) continue
      if (found++ > 0) continue
      const old = bytes[start + at] ?? 0
      const file = await handle.createWritable({ keepExistingData: true })
      // The lowest bit: a digit stays a digit, a letter a letter or nearly.
      await file.write({ type: 'write', position: start + at, data: new Uint8Array([old ^ 1]) })
      await file.close()
    }
  }
  await walk(await navigator.storage.getDirectory())
  return found
}
