/** Every case on sqlite-wasm in memory. The browser's own run is e2e/conformance.spec.ts. */

import { everyCase } from './every-case.ts'
import { sqliteWasmWorld } from './node-worlds.ts'

everyCase('sqlite-wasm in memory', sqliteWasmWorld)
