/** How many rows a list of an entity gives: what its schema says, else what the host is configured for. */

import type { Limits } from '../../protocol/limits.ts'
import type { EntityModel } from '../model.ts'

export interface RowLimits {
  /** Without `limit`. */
  readonly list: number
  /** Most that `limit` may be. */
  readonly maximum: number
  /** Most rows that count towards the complexity of a query: whoever allows an entity more has weighed it. */
  readonly counted: number
}

export function rowLimitsOf(
  { data }: EntityModel,
  { listLimit, listMaximum }: Pick<Limits, 'listLimit' | 'listMaximum'>,
): RowLimits {
  const { list = listLimit } = data.limits
  const { maximum = Math.max(listMaximum, data.limits.list ?? 1) } = data.limits
  return { list: Math.min(list, maximum), maximum, counted: listMaximum }
}
