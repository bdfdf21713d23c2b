import type { JsonValue } from '@metabuilder/dbal'
import { useState } from 'react'
import { useAction } from '../../client/use-action.ts'
import { useSite } from '../../session/use-site.ts'
import { componentType } from './component-types.ts'
import type { ComponentTree, Destination, TreeRow } from './tree-model.ts'

export interface TreeActions {
  readonly isBusy: boolean
  /** What has just been done, for a screen reader. */
  readonly said: string
  readonly add: (type: string, parentId: string | null, order: number) => Promise<void>
  readonly move: (row: TreeRow, to: Destination) => Promise<void>
  readonly erase: (node: ComponentTree) => Promise<void>
  readonly saveProps: (node: ComponentTree, props: JsonValue) => Promise<void>
}

/** What one can do with a component tree, each a call of `componentNodes`. */
export function useTreeActions(pageId: string, select: (id: string | undefined) => void): TreeActions {
  const { componentNodes } = useSite()
  const { run, running } = useAction()
  const [said, say] = useState('')

  return {
    isBusy: running !== undefined,
    said,

    async add(type, parentId, order) {
      const { props } = componentType(type)
      const outcome = await run('add', () => componentNodes.create({ pageId, parentId, type, order, props }))
      if (!outcome.ok) return
      select(outcome.value.id)
      say(`${type} added`)
    },

    async move(row, to) {
      const isAmongSiblings = to.parentId === (row.parent?.id ?? null)
      const outcome = await run<unknown>('move', () =>
        isAmongSiblings
          ? componentNodes.reorder(placesAfter(row, to.order))
          : componentNodes.move(row.node.id, to.parentId, to.order),
      )
      if (outcome.ok) say(`${row.node.type} moved to place ${to.order + 1}`)
    },

    async erase(node) {
      const outcome = await run('delete', () => componentNodes.delete(node.id), `${node.type} was deleted`)
      if (outcome.ok) select(undefined)
    },

    async saveProps(node, props) {
      await run('props', () => componentNodes.update(node.id, { props }), 'Props saved')
    },
  }
}

/** The places of all siblings once the row stands at another. */
function placesAfter(row: TreeRow, order: number) {
  const ids = row.siblings.map((sibling) => sibling.id).filter((id) => id !== row.node.id)
  ids.splice(order, 0, row.node.id)
  return ids.map((id, place) => ({ id, order: place }))
}
