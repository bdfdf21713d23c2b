#!/usr/bin/env node
/** `dbal-daemon --config dbal.yaml`. What it needs is looked at before anything is loaded that an older Node does not have. */

import { nodeRefusal } from './node-version.ts'

const refusal = nodeRefusal(process.versions.node)
if (refusal === undefined) {
  const { main } = await import('./run.ts')
  await main()
} else {
  process.stderr.write(`${refusal}\n`)
  // As for a configuration that is not right: a supervisor need not try again.
  process.exitCode = 78
}
