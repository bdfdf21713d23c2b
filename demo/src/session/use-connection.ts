import type { Ready } from '@metabuilder/dbal'
import { useEffect, useState } from 'react'
import { useStudio } from './studio.ts'

export type ConnectionState = 'connecting' | 'waiting' | 'connected' | 'lost' | 'closed'

/** How the present client reaches its database. */
export function useConnection(): { state: ConnectionState; ready: Ready | undefined } {
  const { client } = useStudio()
  const [known, setKnown] = useState<{ client: unknown; state: ConnectionState; ready?: Ready }>()

  useEffect(() => {
    let isWanted = true
    const note = (state: ConnectionState, ready?: Ready) =>
      isWanted &&
      setKnown((before) => ({
        ...(before?.client === client && before),
        client,
        state,
        ...(ready && { ready }),
      }))
    client.ready.then(
      (ready) => note('connected', ready),
      () => note('lost'),
    )
    const stopConnection = client.on('connection', (event) => note(event.state))
    const stopStorage = client.on('storage', ({ persistence, reason }) =>
      setKnown((before) =>
        before?.ready
          ? { ...before, ready: { ...before.ready, persistence, ...(reason && { reason }) } }
          : before,
      ),
    )
    return () => {
      isWanted = false
      stopConnection()
      stopStorage()
    }
  }, [client])

  return known?.client === client
    ? { state: known.state, ready: known.ready }
    : { state: 'connecting', ready: undefined }
}
