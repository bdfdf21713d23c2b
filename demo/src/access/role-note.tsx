import { Lock, ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { RoleMark } from '../session/role-mark.tsx'
import { useStudio } from '../session/studio.ts'
import { Code } from '../ui/badge.tsx'
import { type DatabaseRight, databaseRights, refusalOf } from './database-rights.ts'
import { listed, ruleOperations, type Verdict, verdictOf } from './verdict.ts'

/** What the present role may and may not do with an entity, and which rule says so. */
export function EntityNote({ entity }: { entity: string }) {
  const { role, schema } = useStudio()
  const verdicts = ruleOperations.map((operation) => ({
    operation,
    verdict: verdictOf(schema, role, entity, operation),
  }))
  const whole = verdicts.filter(({ verdict }) => verdict.reach === 'all').map(({ operation }) => operation)
  const part = verdicts.filter(({ verdict }) => verdict.reach === 'some')
  const refused = verdicts.filter(({ verdict }) => verdict.reach === 'none')
  return (
    <Note isFull={refused.length === 0 && part.length === 0}>
      <RoleMark role={role} />{' '}
      {whole.length > 0 && (
        <>
          may {listed(whole)} every row of <Code>{entity}</Code>.{' '}
        </>
      )}
      {grouped(part).map(({ operations, conditions }) => (
        <span key={operations.join()}>
          {whole.length > 0 ? 'May ' : 'may '}
          {listed(operations)} <Code>{entity}</Code> only where{' '}
          {conditions.map((condition, index) => (
            <span key={condition}>
              {index > 0 && ' or '}
              <Code>{condition}</Code>
            </span>
          ))}
          .{' '}
        </span>
      ))}
      {refused.length > 0 && (
        <Refused verdicts={refused} entity={entity} isOnly={refused.length === ruleOperations.length} />
      )}
    </Note>
  )
}

function Refused({
  verdicts,
  entity,
  isOnly,
}: {
  verdicts: readonly { operation: string; verdict: Verdict }[]
  entity: string
  isOnly: boolean
}) {
  const operations = listed(
    verdicts.map(({ operation }) => operation),
    'or',
  )
  const granted = [...new Set(verdicts.flatMap(({ verdict }) => verdict.grantedTo))]
  return (
    <>
      {isOnly ? 'may not ' : 'May not '}
      {operations}
      {isOnly && (
        <>
          {' '}
          <Code>{entity}</Code>
        </>
      )}
      :{' '}
      {granted.length > 0 ? (
        <>no rule gives it to this role, only to {listed(granted)}.</>
      ) : (
        verdicts[0]?.verdict.reason
      )}
    </>
  )
}

/** Operations with the same conditions are told together. */
function grouped(part: readonly { operation: string; verdict: Verdict }[]) {
  const groups = new Map<string, { operations: string[]; conditions: readonly string[] }>()
  for (const { operation, verdict } of part) {
    const key = verdict.conditions.join('\n')
    const group = groups.get(key) ?? { operations: [], conditions: verdict.conditions }
    group.operations.push(operation)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** The same for what belongs to the database as a whole. */
export function DatabaseNote({ rights }: { rights: readonly DatabaseRight[] }) {
  const { role } = useStudio()
  const allowed = rights.filter((right) => !refusalOf(role, right))
  const refused = rights.filter((right) => refusalOf(role, right))
  return (
    <Note isFull={refused.length === 0}>
      <RoleMark role={role} />{' '}
      {allowed.length > 0 && <>may {listed(allowed.map((right) => databaseRights[right].words))}. </>}
      {refused.length > 0 && (
        <>
          {allowed.length > 0 ? 'May not ' : 'may not '}
          {listed(
            refused.map((right) => databaseRights[right].words),
            'or',
          )}
          :{' '}
          {[...new Set(refused.map((right) => databaseRights[right].least))].map((least, index) => (
            <span key={least}>
              {index > 0 && ', '}
              {refused
                .filter((right) => databaseRights[right].least === least)
                .map((right) => (
                  <span key={right}>
                    <Code>{right}</Code>{' '}
                  </span>
                ))}
              is for {least} and above
            </span>
          ))}
          .
        </>
      )}
    </Note>
  )
}

function Note({ isFull, children }: { isFull: boolean; children: ReactNode }) {
  const Icon = isFull ? ShieldCheck : Lock
  return (
    <p
      role="note"
      aria-label="What this role may do"
      className="flex items-start gap-2 rounded-md border bg-sunken px-3 py-2 text-ink-2"
    >
      <Icon size={15} aria-hidden className="mt-0.5 shrink-0" />
      <span className="min-w-0">{children}</span>
    </p>
  )
}
