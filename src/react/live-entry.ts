/** The rows of a live query. */

import type { Change } from '../client/live.ts'
import type { DBALError } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'
import { Entry } from './entry.ts'

/** Opens a live query; gives its end. */
export type Open = (
  listener: (rows: readonly Row[], change: Change<Row>) => void,
  onError: (error: DBALError) => void,
) => () => void

/** How long the rows wait for the render that asked for them. */
const unseenMs = 10_000

export class LiveEntry extends Entry<readonly Row[]> {
  open: Open | undefined
  /** What changed with the last event. */
  change: Change<Row> | undefined
  // A live query costs the engine work: it ends as soon as nobody shows it.
  protected readonly keptMs = 0
  #stop: (() => void) | undefined

  protected begin(): void {
    if (!this.#stop) this.start()
  }

  protected end(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /** Opens it, when it is not open. */
  start(): void {
    if (this.#stop || !this.open) return
    if (this.snapshot.status === 'error') this.restart()
    let isEnded = false
    const stop = this.open(
      (rows, change) => {
        if (isEnded) return
        this.change = change
        this.setData(rows)
        this.keepUnseen(unseenMs)
      },
      (error) => {
        if (isEnded) return
        isEnded = true
        this.#stop = undefined
        this.setError(error)
      },
    )
    if (isEnded) return
    this.#stop = () => {
      isEnded = true
      stop()
    }
  }

  /** Opens it again after an error. */
  readonly retry = (): void => this.start()
}
