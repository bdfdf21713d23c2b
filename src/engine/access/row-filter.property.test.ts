import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseRowFilter, type RowFilter } from '../../schema/row-filter.ts'
import { sqliteDialect } from '../dialect.ts'
import { createGuard } from './guard.ts'
import { resolvePredicate } from './predicate.ts'
import {
  arbitraryCaller,
  arbitraryFilter,
  arbitraryItems,
  arbitraryOwners,
  filterText,
  Item,
  World,
  worldModel,
} from './row-filter.cases.ts'

const runs = Number(process.env.DBAL_PROPERTY_RUNS ?? 1_500)

for (const tables of ['own', 'foreign'] as const) {
  it(`says the same in SQL and in JavaScript, unknown included (${tables} tables)`, () => {
    const world = new World(tables)
    const seen = { true: 0, false: 0, null: 0 }
    fc.assert(
      fc.property(
        arbitraryFilter,
        arbitraryOwners,
        arbitraryItems,
        arbitraryCaller,
        (filter, owners, items, caller) => {
          const guard = createGuard(
            resolvePredicate(asWritten(filter), Item, worldModel, 'rule'),
            sqliteDialect,
          )
          world.fill(owners, items)
          for (const { row, outcome } of world.ask(guard.node('t'), caller)) {
            expect(guard.check(row, caller)).toBe(outcome)
            seen[`${outcome}`]++
          }
        },
      ),
      { numRuns: runs },
    )
    // A generator that always gives the same answer would prove nothing.
    expect(Math.min(seen.true, seen.false, seen.null)).toBeGreaterThan(runs / 10)
  })
}

/** The filter after it was written down and parsed; as it is, where the parser would refuse the comparison. */
function asWritten(filter: RowFilter): RowFilter {
  try {
    return parseRowFilter(filterText(filter), { place: 'rule', schema: worldModel.schema, entity: 'Item' })
  } catch (error) {
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR' })
    return filter
  }
}
