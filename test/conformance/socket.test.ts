/** Every case through a WebSocket, with the daemon's own connections at the other end. */

import { everyCase } from './every-case.ts'
import { socketWorld } from './socket-world.ts'

everyCase('daemon over node:sqlite', socketWorld)
