/** `dbal conformance`: the suite of cases against any endpoint that speaks the protocol. */

import { parseArgs } from 'node:util'
import type { RemoteResult } from '../../test/conformance/remote.ts'
import { type Command, type Terminal, UsageError } from './command.ts'

const usage = `Usage: dbal conformance --endpoint URL --username NAME --password WORD [options]

Sends the cases of the conformance suite to an endpoint and tells which pass. The exit code is 0 when every case that ran
passed, 1 when one failed, 2 when the suite could not run.

The endpoint serves the built-in schema over a database of its own: the cases delete every row, and leave entries in its
audit log. The user is a supergod, who makes the users that the cases act as. Switch the limit of requests off there
(DBAL_SECURITY_RATE_LIMIT_ENABLED=false).

Cases that need a schema or rules of their own, a log from its beginning, or a database without other users cannot run
against one database that is there already. They are counted as skipped, each with its reason.

  --endpoint URL    ws:// or wss://
  --username NAME   or DBAL_USERNAME in the environment
  --password WORD   or DBAL_PASSWORD
  --erase           the database may hold rows, all of which are deleted
  --topic NAME      only this topic; may be given several times
  --json            one line of JSON for each case in place of the report`

export const conformance: Command = {
  summary: 'send the conformance suite to an endpoint',
  usage,
  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        endpoint: { type: 'string' },
        username: { type: 'string', default: process.env['DBAL_USERNAME'] ?? '' },
        password: { type: 'string', default: process.env['DBAL_PASSWORD'] ?? '' },
        erase: { type: 'boolean', default: false },
        topic: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    })
    const { endpoint, username, password, erase, topic, json } = values
    if (endpoint === undefined || username === '' || password === '') throw new UsageError(usage)
    if (!/^wss?:\/\//.test(endpoint) || !URL.canParse(endpoint))
      throw new UsageError('--endpoint must be an address such as ws://localhost:50051')
    // Node 20 has no WebSocket of its own.
    globalThis.WebSocket ??= (await import('ws')).WebSocket as unknown as typeof WebSocket
    const { runRemote, topicNames, Unsuitable } = await import('../../test/conformance/remote.ts')
    const unknown = topic.find((name) => !topicNames.includes(name))
    if (unknown !== undefined)
      throw new UsageError(`There is no topic ${unknown}. There are: ${topicNames.join('; ')}`)
    const results: RemoteResult[] = []
    try {
      await runRemote({ endpoint, username, password, erase, only: topic }, (result) => {
        results.push(result)
        if (json) terminal.print(JSON.stringify(result))
        else if (result.failure !== undefined)
          terminal.print(`FAILED  ${result.topic}: ${result.name}\n        ${result.failure}`)
      })
    } catch (error) {
      throw error instanceof Unsuitable ? new UsageError(error.message) : error
    }
    if (!json) printReport(results, terminal)
    return results.some(({ failure }) => failure !== undefined) ? 1 : 0
  },
}

function printReport(results: readonly RemoteResult[], terminal: Terminal): void {
  const line = (name: string, of: readonly RemoteResult[]) => {
    const failed = of.filter(({ failure }) => failure !== undefined).length
    const skipped = of.filter((result) => result.skipped !== undefined).length
    const figures = [of.length - failed - skipped, failed, skipped].map((count) => String(count).padStart(8))
    terminal.print(`${name.padEnd(56)}${figures.join('')}`)
  }
  terminal.print(
    `${'topic'.padEnd(56)}${['passed', 'failed', 'skipped'].map((name) => name.padStart(8)).join('')}`,
  )
  const byTopic = Map.groupBy(results, ({ topic }) => topic)
  for (const [topic, of] of byTopic) line(topic, of)
  line('all', results)
  for (const [reason, of] of Map.groupBy(results, ({ skipped }) => skipped))
    if (reason !== undefined) terminal.print(`skipped ${of.length}: ${reason}`)
}
