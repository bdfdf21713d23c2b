import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestEngine } from '../test/support/engine.ts'
import { AuditFile } from './audit-file.ts'
import { connectSystem } from './system.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbal-audit-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function setup(maxBytes = 1_000_000) {
  const world = await openTestEngine()
  const options = { system: connectSystem(world.engine), path: join(folder, 'audit.log'), maxBytes, keep: 2 }
  const god = world.as('god')
  let made = 0
  return {
    options,
    write: async (count: number, description = '') => {
      for (let at = 0; at < count; at++)
        await god.call('create', 'PageConfig', { slug: `p${++made}`, title: 'P', level: 1, description })
    },
  }
}

const seqs = async (name = 'audit.log') =>
  (await readFile(join(folder, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq)

it('follows the log, over restarts too, with no entry left out and none twice', async () => {
  const { options, write } = await setup()
  const first = await AuditFile.open(options)
  await first.follow()
  await write(3)
  await Promise.all([first.follow(), first.follow()])
  expect(await seqs()).toEqual([1, 2, 3])
  expect((await stat(options.path)).mode & 0o777).toBe(0o600)
  await write(2)
  const second = await AuditFile.open(options)
  await second.follow()
  expect(await seqs()).toEqual([1, 2, 3, 4, 5])
})

it('mends the line that a crash left half written', async () => {
  const { options, write } = await setup()
  await write(2)
  await (await AuditFile.open(options)).follow()
  await appendFile(options.path, '{"seq":3,"ä')
  await write(1)
  await (await AuditFile.open(options)).follow()
  expect(await seqs()).toEqual([1, 2, 3])
})

it('goes on behind a line of any length, whole or half written', async () => {
  const { options, write } = await setup(10_000_000)
  await write(1)
  await write(1, 'ä'.repeat(300_000))
  await (await AuditFile.open(options)).follow()
  await (await AuditFile.open(options)).follow()
  expect(await seqs()).toEqual([1, 2])
  // Cut in the middle of a letter.
  await appendFile(options.path, Buffer.from(`{"changes":"${'ä'.repeat(300_000)}`).subarray(0, -1))
  await write(1)
  await (await AuditFile.open(options)).follow()
  expect(await seqs()).toEqual([1, 2, 3])
  await appendFile(options.path, Buffer.from('{"seq":4,"ä').subarray(0, -1))
  await write(1)
  await (await AuditFile.open(options)).follow()
  expect(await seqs()).toEqual([1, 2, 3, 4])
})

it('becomes another file when it is long, and the oldest go', async () => {
  const { options, write } = await setup(10)
  const file = await AuditFile.open(options)
  for (let at = 0; at < 4; at++) {
    await write(1)
    await file.follow()
  }
  expect((await readdir(folder)).sort()).toEqual(['audit.log.1', 'audit.log.2'])
  expect([await seqs('audit.log.1'), await seqs('audit.log.2')]).toEqual([[4], [3]])
  await write(1)
  await (await AuditFile.open({ ...options, maxBytes: 1_000_000 })).follow()
  expect(await seqs()).toEqual([5])
})
