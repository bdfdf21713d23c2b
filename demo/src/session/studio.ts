import type { Role, SchemaData } from '@metabuilder/dbal'
import { createContext, useContext } from 'react'
import type { FileDatabase } from './file-database.ts'
import type { StudioClient } from './studio-client.ts'

/** What every panel works with: who one is, over which database. */
export interface Studio {
  readonly role: Role
  readonly become: (role: Role) => void
  readonly client: StudioClient
  readonly schema: SchemaData
  /** The SQLite file that is open in place of the sample site. */
  readonly file: FileDatabase | null
  readonly openFile: (file: File) => Promise<void>
  readonly leaveFile: () => void
}

export const StudioContext = createContext<Studio | null>(null)

export function useStudio(): Studio {
  const studio = useContext(StudioContext)
  if (!studio) throw new Error('useStudio is for components inside StudioProvider')
  return studio
}
