#!/usr/bin/env node
/** The bin entry `dbal`. */

import { runCommand } from './run.ts'

process.exitCode = await runCommand(
  process.argv.slice(2),
  { folder: process.cwd(), print: (text) => console.log(text) },
  (text) => console.error(text),
)
