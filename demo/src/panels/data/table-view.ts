import type { EntityData } from '@metabuilder/dbal'
import { hrefOf, type Route } from '../../route/route.ts'
import { goInPlace, useRoute } from '../../route/use-route.ts'
import { type Condition, operatorWords, type Question } from './filter-model.ts'

/** What a table shows: its filter and its order. It stands in the address, so that links and reloads keep it. */
export interface TableView extends Question {
  readonly sort: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined
  /** The row that is open, by its id as JSON. */
  readonly row: string | undefined
}

export const plainView: TableView = {
  conditions: [],
  isAny: false,
  search: '',
  sort: undefined,
  row: undefined,
}

export function viewFrom({ query }: Route, entity: EntityData): TableView {
  const [field = '', direction] = (query['sort'] ?? '').split('~')
  return {
    conditions: conditionsFrom(query['filter']).filter((condition) => condition.field in entity.fields),
    isAny: query['match'] === 'any',
    search: query['search'] ?? '',
    sort: field in entity.fields ? { field, direction: direction === 'desc' ? 'desc' : 'asc' } : undefined,
    row: query['row'],
  }
}

export function hrefOfView(entityName: string, view: Partial<TableView>): string {
  const { conditions = [], isAny, search, sort, row } = view
  return hrefOf('data', entityName, {
    ...(search && { search }),
    ...(conditions.length > 0 && {
      filter: JSON.stringify(conditions.map(({ field, operator, value }) => [field, operator, value])),
    }),
    ...(isAny && { match: 'any' }),
    ...(sort && { sort: `${sort.field}~${sort.direction}` }),
    ...(row && { row }),
  })
}

/** The view in the address, and the way to change it. */
export function useTableView(entityName: string, entity: EntityData) {
  const view = viewFrom(useRoute(), entity)
  return {
    view,
    change: (next: Partial<TableView>) => goInPlace(hrefOfView(entityName, { ...view, ...next })),
  }
}

/** An address may be anything: what is not a list of conditions is none. */
function conditionsFrom(text: string | undefined): Condition[] {
  if (!text) return []
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list)) return []
    return list.flatMap((item: unknown) => {
      if (!Array.isArray(item)) return []
      const [field, operator, value] = item.map(String)
      return field !== undefined && isOperator(operator) ? [{ field, operator, value: value ?? '' }] : []
    })
  } catch (error) {
    console.warn('The filter in the address is not readable and was left out.', error)
    return []
  }
}

const isOperator = (name: string | undefined): name is Condition['operator'] =>
  name !== undefined && Object.hasOwn(operatorWords, name)
