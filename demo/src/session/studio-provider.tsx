import type { Role } from '@metabuilder/dbal'
import { DBALProvider } from '@metabuilder/dbal/react'
import { type ReactNode, useMemo, useState } from 'react'
import { roleNames } from '../access/verdict.ts'
import { notifyError, toDBALError } from '../client/errors.ts'
import { hrefOf } from '../route/route.ts'
import { go } from '../route/use-route.ts'
import { notify } from '../ui/toast.tsx'
import { type FileDatabase, openDatabaseFile } from './file-database.ts'
import { siteClient } from './site-clients.ts'
import { recall, remember } from './storage.ts'
import { type Studio, StudioContext } from './studio.ts'

/** Most visitors want to see the site being built first, which is what god does. */
const firstRole: Role = 'god'

export function StudioProvider({ children }: { children: ReactNode }) {
  const [role, setRole] = useState<Role>(() => roleNames.find((name) => name === recall('role')) ?? firstRole)
  const [file, setFile] = useState<FileDatabase | null>(null)

  const studio = useMemo<Studio>(() => {
    const client = file?.client ?? siteClient(role)
    return {
      // A file has no rules of its own: whoever opens it may do everything with the copy.
      role: file ? 'supergod' : role,
      client,
      schema: client.schema,
      file,
      become(next) {
        remember('role', next)
        setRole(next)
      },
      async openFile(chosen) {
        try {
          const opened = await openDatabaseFile(chosen)
          setFile(opened)
          go(hrefOf('data'))
          const tables = Object.keys(opened.client.schema.entities).length
          notify({
            tone: 'ok',
            title: `${chosen.name} is open`,
            text: `${tables} tables, ${Math.round(opened.openedInMs)} ms`,
          })
          await file?.client.close()
        } catch (thrown) {
          notifyError(toDBALError(thrown))
        }
      },
      leaveFile() {
        setFile(null)
        go(hrefOf('data'))
        file?.client.close().catch((thrown: unknown) => notifyError(toDBALError(thrown)))
      },
    }
  }, [role, file])

  return (
    <StudioContext value={studio}>
      <DBALProvider client={studio.client}>{children}</DBALProvider>
    </StudioContext>
  )
}
