import { lazy, Suspense } from 'react'
import type { PanelName } from '../route/route.ts'
import { useRoute } from '../route/use-route.ts'
import { useStudio } from '../session/studio.ts'
import { SkeletonLines } from '../ui/states.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { DropTarget } from './drop-target.tsx'
import { destinations } from './navigation.ts'
import { PanelBoundary } from './panel-boundary.tsx'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'
import { Welcome } from './welcome.tsx'

const views: Readonly<Record<PanelName, React.ComponentType>> = {
  pages: lazy(() => import('../panels/pages/pages-panel.tsx')),
  data: lazy(() => import('../panels/data/data-panel.tsx')),
  queries: lazy(() => import('../panels/queries/queries-panel.tsx')),
  audit: lazy(() => import('../panels/audit/audit-panel.tsx')),
  storage: lazy(() => import('../panels/storage/storage-panel.tsx')),
  migrations: lazy(() => import('../panels/migrations/migrations-panel.tsx')),
  access: lazy(() => import('../panels/access/access-panel.tsx')),
}

export function Shell() {
  const { panel } = useRoute()
  const { file } = useStudio()
  // An address of the site's own panels, while a file is open, shows the file's data.
  const isMissing = file !== null && destinations.find((place) => place.panel === panel)?.isSiteOnly
  const name = isMissing ? 'data' : panel
  const View = views[name]
  return (
    <div className="flex h-full">
      <button
        type="button"
        onClick={() => document.getElementById('panel')?.focus()}
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the panel
      </button>
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar />
        <Welcome />
        <main id="panel" tabIndex={-1} className="min-h-0 flex-1">
          <PanelBoundary key={name}>
            <Suspense fallback={<SkeletonLines label="Loading the panel" />}>
              <View />
            </Suspense>
          </PanelBoundary>
        </main>
        <BottomBar />
      </div>
      <DropTarget />
    </div>
  )
}
