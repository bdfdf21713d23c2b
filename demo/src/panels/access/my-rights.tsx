import { Check, X } from 'lucide-react'
import { type DatabaseRight, databaseRights, refusalOf } from '../../access/database-rights.ts'
import { listed, ruleOperations, verdictOf } from '../../access/verdict.ts'
import { identityOf } from '../../session/identities.ts'
import { useStudio } from '../../session/studio.ts'
import { Code } from '../../ui/badge.tsx'
import { Card } from '../../ui/panel.tsx'

/** What the present role may do, in sentences. */
export function MyRights() {
  const { role, schema, file } = useStudio()
  const rights = Object.keys(databaseRights) as DatabaseRight[]
  return (
    <Card title="What may I do?" lead={`As ${role}. ${file ? '' : identityOf(role).summary}`}>
      <ul className="divide-y">
        {Object.keys(schema.entities).map((entity) => {
          const verdicts = ruleOperations.map((operation) => ({
            operation,
            ...verdictOf(schema, role, entity, operation),
          }))
          const allowed = verdicts.filter(({ reach }) => reach !== 'none')
          const conditions = [...new Set(allowed.flatMap((verdict) => verdict.conditions))]
          return (
            <Line key={entity} isAllowed={allowed.length > 0}>
              <span className="font-medium">{entity}</span>:{' '}
              {allowed.length === 0 ? 'nothing' : listed(allowed.map(({ operation }) => operation))}
              {conditions.map((condition, index) => (
                <span key={condition}>
                  {index === 0 ? ' where ' : ' or '}
                  <Code>{condition}</Code>
                </span>
              ))}
            </Line>
          )
        })}
        {!file &&
          rights.map((right) => {
            const refusal = refusalOf(role, right)
            return (
              <Line key={right} isAllowed={!refusal}>
                <Code>{right}</Code>{' '}
                <span className="text-ink-2">
                  {refusal ? `is for ${databaseRights[right].least} and above` : databaseRights[right].words}
                </span>
              </Line>
            )
          })}
      </ul>
    </Card>
  )
}

function Line({ isAllowed, children }: { isAllowed: boolean; children: React.ReactNode }) {
  const Icon = isAllowed ? Check : X
  return (
    <li className="flex items-start gap-2 px-4 py-2">
      <Icon
        size={15}
        aria-label={isAllowed ? 'allowed' : 'refused'}
        className={isAllowed ? 'mt-0.5 shrink-0 text-ok' : 'mt-0.5 shrink-0 text-ink-3'}
      />
      <span className="min-w-0">{children}</span>
    </li>
  )
}
