import { Layers } from 'lucide-react'
import { useState } from 'react'
import { Denied } from '../../access/denied.tsx'
import { verdictOf } from '../../access/verdict.ts'
import { useCall } from '../../client/use-call.ts'
import { useStudio } from '../../session/studio.ts'
import { useSite } from '../../session/use-site.ts'
import { Button } from '../../ui/button.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'
import { AddComponent } from './add-component.tsx'
import { Inspector } from './inspector.tsx'
import { Preview } from './preview.tsx'
import { Tree } from './tree.tsx'
import { countNodes, findNode } from './tree-model.ts'
import { useTreeActions } from './use-tree-actions.ts'

/** The component tree of a page: the tree and the chosen node on the left, what it looks like on the right. */
export function Components({ pageId }: { pageId: string }) {
  const { role, schema } = useStudio()
  const site = useSite()
  const read = verdictOf(schema, role, 'ComponentNode', 'read')
  const mayRead = read.reach !== 'none'
  const [selectedId, select] = useState<string>()
  const tree = useCall(mayRead ? `tree ${pageId}` : null, () => site.componentNodes.getTree(pageId))
  const actions = useTreeActions(pageId, select)

  if (!mayRead) {
    return (
      <Denied
        title={`${role} does not see the components`}
        reason={read.reason}
        attempt={(client) => client.entity('ComponentNode').list({ filter: { pageId }, limit: 1 })}
      />
    )
  }
  if (tree.error)
    return <Failed error={tree.error} action={<Button onClick={tree.retry}>Try again</Button>} />
  if (!tree.data) return <SkeletonLines lines={8} label="Reading the component tree" />

  const roots = tree.data
  const selected = findNode(roots, selectedId)
  return (
    <div className="scroll grid h-full grid-cols-[minmax(0,1fr)] auto-rows-max content-start lg:auto-rows-auto lg:grid-cols-[minmax(300px,380px)_minmax(0,1fr)] lg:overflow-hidden">
      <div className="flex flex-col lg:h-full lg:min-h-0 lg:border-r">
        <div className="flex h-11 shrink-0 items-center gap-2 border-b px-4">
          <span className="flex-1 text-ink-2">{countNodes(roots)} components</span>
          <AddComponent
            onAdd={(type) => actions.add(type, null, roots.length)}
            label="Add to the page"
            isBusy={actions.isBusy}
          />
        </div>
        {roots.length === 0 ? (
          <Empty icon={Layers} title="An empty page">
            Add a Section to begin with, then put headings, texts and cards into it.
          </Empty>
        ) : (
          <div className="flex-1 lg:min-h-0 lg:overflow-auto">
            <Tree roots={roots} selectedId={selectedId} onSelect={select} actions={actions} />
          </div>
        )}
        {selected && <Inspector key={selected.id} node={selected} actions={actions} />}
      </div>
      <ScrollRegion
        label="Preview"
        className="border-t bg-canvas p-4 max-lg:overflow-visible lg:h-full lg:min-h-0 lg:border-t-0"
      >
        <Preview roots={roots} selectedId={selectedId} onSelect={select} />
      </ScrollRegion>
    </div>
  )
}
