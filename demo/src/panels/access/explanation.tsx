import type { RuleData } from '@metabuilder/dbal'
import type { Verdict } from '../../access/verdict.ts'
import { RoleChip } from '../../session/role-mark.tsx'
import { useStudio } from '../../session/studio.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/panel.tsx'
import type { Cell } from './access-panel.tsx'

const tones = { all: 'ok', some: 'warn', none: 'danger' } as const
const answers = { all: 'every row', some: 'some rows', none: 'refused' } as const

/** One answer of the matrix, with the rules that give it. */
export function Explanation({ cell, verdict }: { cell: Cell; verdict: Verdict }) {
  const { schema } = useStudio()
  const isPrincipal = schema.entities[cell.entity]?.principal !== undefined
  return (
    <Card title={`${cell.operation} ${cell.entity}`} actions={<RoleChip role={cell.role} />}>
      <div aria-live="polite" className="space-y-3 p-4">
        <p>
          <Badge tone={tones[verdict.reach]}>{answers[verdict.reach]}</Badge>{' '}
          <span className="text-ink-2">{verdict.reason}</span>
        </p>
        {verdict.rules.map((rule) => (
          <pre
            key={JSON.stringify(rule)}
            className="rounded-md border bg-sunken p-3 font-mono text-xs leading-relaxed [overflow-wrap:anywhere] whitespace-pre-wrap"
          >
            {ruleAsText(rule)}
          </pre>
        ))}
        {isPrincipal && verdict.reach !== 'none' && cell.operation !== 'read' && (
          <p className="text-xs text-ink-2">
            Beside the rules: nobody touches a user who outranks them, nobody grants a role above their own,
            and nobody writes their own role.
          </p>
        )}
      </div>
    </Card>
  )
}

/** The rule as it stands in the schema's source. */
function ruleAsText({ roles, operations, rowFilter, check, fields }: RuleData): string {
  const list = (items: readonly string[]) => `[${items.map((item) => `'${item}'`).join(', ')}]`
  return [
    `roles: ${list(roles)}`,
    `operations: ${list(operations)}`,
    ...(rowFilter === undefined ? [] : [`rowFilter: '${rowFilter}'`]),
    ...(check === undefined ? [] : [`check: '${check}'`]),
    ...(fields?.read ? [`fields.read: ${list(fields.read)}`] : []),
    ...(fields?.write ? [`fields.write: ${list(fields.write)}`] : []),
  ].join('\n')
}
