/** Cases that a backend cannot pass, each with the reason. There are none. */

export interface Exception {
  readonly backend: string
  readonly topic: string
  readonly name: string
  readonly reason: string
}

export const exceptions: readonly Exception[] = []
