/** `dbal verify`: whether anybody changed the audit log of a database file, or of exported lines. */

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { verifyLines } from '../engine/audit/export.ts'
import { readHead } from '../engine/audit/head.ts'
import { verifyEntries } from '../engine/audit/verify.ts'
import { sqliteInspector } from '../engine/migrate/inspect.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { parseJson, readText } from './load-schema.ts'
import { withFile } from './sqlite-file.ts'

const usage = `Usage: dbal verify <file.sqlite | lines.jsonl> [--head <head.json>]

Recomputes the hash chain of the audit log. With --head (what audit.head() gave earlier, kept in a file) it also
proves that the log only grew since then. The exit code is 1 when something does not hold.`

export const verify: Command = {
  summary: 'verify the audit log of a database file or of an export',
  usage,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { head: { type: 'string' } },
      allowPositionals: true,
    })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new UsageError(usage)
    if (/\.(?:jsonl|ndjson)$/.test(path)) return await verifyExport(resolve(terminal.folder, path), terminal)
    const given = values.head === undefined ? null : await readHeadFile(resolve(terminal.folder, values.head))
    const result = await withFile(path, terminal, (run) => {
      if (!run(sqliteInspector.tableNames()).includes('_dbal_audit'))
        throw new UsageError(`${path} holds no audit log`)
      return run(verifyEntries(given))
    })
    if (result.firstBad) {
      terminal.print(
        `Entry ${result.firstBad.seq} ${result.firstBad.reason}. ${result.entries} entries before it hold.`,
      )
      return 1
    }
    terminal.print(`All ${result.entries} entries hold.\n${JSON.stringify(result.head)}`)
    return 0
  },
}

async function readHeadFile(path: string) {
  return readHead({ head: parseJson(await readText(path), path) })
}

async function verifyExport(path: string, terminal: Terminal): Promise<number> {
  const lines = (await readText(path)).split('\n').filter((line) => line !== '')
  const result = verifyLines(lines)
  if (result.firstBad) {
    terminal.print(
      `Line ${result.firstBad.line} ${result.firstBad.reason}. ${result.entries} lines before it hold.`,
    )
    return 1
  }
  terminal.print(`All ${result.entries} lines hold.`)
  return 0
}
