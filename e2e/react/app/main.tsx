import { DBALProvider } from '@metabuilder/dbal/react'
import { StrictMode, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { god, live, planted } from './database.ts'
import { history } from './parts.tsx'
import { scenes } from './scenes.tsx'

declare global {
  interface Window {
    god: typeof god
    live: typeof live
    shown: typeof history
    homeId: string
    answers: ((text: string) => void)[]
    mutations: Set<unknown>
    mounts: number
    kv: { setCount: (step: (before: number) => number) => Promise<void>; setList: unknown }
  }
}

Object.assign(window, { god, live, shown: history, answers: [], mutations: new Set(), mounts: 0 })

function CountMounts() {
  useEffect(() => {
    window.mounts++
  }, [])
  return null
}

await planted
window.homeId = (await god.pageConfigs.findFirst({ filter: { slug: 'home' } }))?.id ?? ''
const Scene = scenes[location.hash.slice(1) as keyof typeof scenes]
const root = document.getElementById('root')
if (!root || !Scene) throw new Error(`There is no scene ${location.hash}`)
createRoot(root).render(
  <StrictMode>
    <CountMounts />
    <DBALProvider client={god}>
      <Scene />
    </DBALProvider>
  </StrictMode>,
)
