import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { DBALClient } from '../client/client.ts'
import { run as tell } from '../client/listeners.ts'
import type { DBALError } from '../protocol/error.ts'
import { useClient } from './context.ts'
import { toDBALError } from './failure.ts'
import type { QueryKey } from './key.ts'
import type { Draft } from './optimistic.ts'
import type { AnyClient } from './query-entry.ts'
import type { RegisteredSchema } from './register.ts'
import { resultsOf } from './results.ts'

export interface MutationOptions<Input, T> {
  /** What is shown until the engine has answered. A refusal takes it back. */
  readonly optimistic?: (draft: Draft, input: Input) => void
  /** Which queries are read again afterwards: all that are shown, none, or those of the keys. Default: true. */
  readonly refetch?: boolean | readonly QueryKey[]
  readonly onSuccess?: (data: T, input: Input) => void
  readonly onError?: (error: DBALError, input: Input) => void
}

/** A mutation that takes nothing is called without an argument. */
type Given<Input> = unknown extends Input ? [] : undefined extends Input ? [input?: Input] : [input: Input]

export interface Mutation<Input, T> {
  /** Does it. What goes wrong is in `error`, and told to `onError`. */
  readonly mutate: (...input: Given<Input>) => void
  /** Does it. @throws DBALError */
  readonly mutateAsync: (...input: Given<Input>) => Promise<T>
  /** Of the last call. */
  readonly status: 'idle' | 'running' | 'success' | 'error'
  readonly data: T | undefined
  readonly error: DBALError | undefined
  readonly isRunning: boolean
  /** Forgets the last call's outcome. */
  readonly reset: () => void
}

type Outcome<T> = Pick<Mutation<never, T>, 'status' | 'data' | 'error'>

const idle = { status: 'idle', data: undefined, error: undefined } as const

/**
 * A write. Its functions stay the same through the component's life. Two calls at once both run; the state is that of the
 * last one made.
 *
 * @param write what is done; it gets the provider's client and the input of the call
 */
export function useMutation<Input, T>(
  write: (client: DBALClient<RegisteredSchema>, input: Input) => Promise<T>,
  options: MutationOptions<Input, T> = {},
): Mutation<Input, T> {
  const client = useClient()
  const [known, setKnown] = useState<{ client: AnyClient; outcome: Outcome<T> }>()
  const latest = useRef({ client, write, options })
  useEffect(() => {
    latest.current = { client, write, options }
  })
  const calls = useRef(0)

  const run = useCallback(async (input: Input): Promise<T> => {
    const { client, write, options } = latest.current
    const call = ++calls.current
    const note = (outcome: Outcome<T>) => {
      if (call === calls.current) setKnown({ client, outcome })
    }
    note({ status: 'running', data: undefined, error: undefined })
    const answer = await perform(client, write as never, input, options).then(
      (data) => ({ data }),
      (thrown: unknown) => ({ error: toDBALError(thrown) }),
    )
    if ('error' in answer) {
      const { error } = answer
      note({ status: 'error', data: undefined, error })
      if (options.onError) tell(options.onError, error, input)
      throw error
    }
    const { data } = answer
    note({ status: 'success', data, error: undefined })
    if (options.onSuccess) tell(options.onSuccess, data, input)
    return data
  }, [])

  const actions = useMemo(
    () => ({
      mutateAsync: (...[input]: readonly unknown[]) => run(input as Input),
      mutate: (...[input]: readonly unknown[]) => {
        // What went wrong is in the state.
        run(input as Input).catch(() => {})
      },
      reset: () => {
        calls.current++
        setKnown(undefined)
      },
    }),
    [run],
  )
  // Another client has not done what the one before did.
  const outcome = known?.client === client ? known.outcome : idle
  return useMemo(
    () => ({ ...actions, ...outcome, isRunning: outcome.status === 'running' }) as Mutation<Input, T>,
    [actions, outcome],
  )
}

async function perform<Input, T>(
  client: AnyClient,
  write: (client: AnyClient, input: Input) => Promise<T>,
  input: Input,
  { optimistic, refetch = true }: MutationOptions<Input, T>,
): Promise<T> {
  const results = resultsOf(client)
  const shown = optimistic && results.change((draft) => optimistic(draft, input))
  let data: T
  try {
    data = await write(client, input)
  } catch (error) {
    shown?.undo()
    throw error
  }
  const refetched =
    refetch === false ? Promise.resolve() : results.refetch(refetch === true ? undefined : refetch)
  shown?.confirm(refetched)
  return data
}
