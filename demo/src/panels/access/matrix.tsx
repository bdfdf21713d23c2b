import type { Role } from '@metabuilder/dbal'
import { roleNames, ruleOperations, type Verdict, verdictOf } from '../../access/verdict.ts'
import { RoleMark } from '../../session/role-mark.tsx'
import { useStudio } from '../../session/studio.ts'
import { cx } from '../../ui/class-names.ts'
import { Card } from '../../ui/panel.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import type { Cell } from './access-panel.tsx'

const letters = { read: 'R', create: 'C', update: 'U', delete: 'D' } as const
const looks: Readonly<Record<Verdict['reach'], string>> = {
  all: 'bg-accent text-accent-ink',
  some: 'bg-accent-soft text-accent-strong ring-1 ring-inset ring-accent/50',
  none: 'bg-hover text-ink-3',
}
const words: Readonly<Record<Verdict['reach'], string>> = { all: 'every row', some: 'some rows', none: 'no' }

/** Every role, every entity, every operation; a letter tells which rule says so. */
export function Matrix({ chosen, onChoose }: { chosen: Cell | undefined; onChoose: (cell: Cell) => void }) {
  const { role: mine, schema, file } = useStudio()
  const roles: readonly Role[] = file ? ['supergod'] : roleNames
  return (
    <Card title="Rules" lead="Choose a letter to see the rule behind it." actions={<Legend />}>
      <ScrollRegion label="Matrix of the rules">
        <table className="w-full min-w-max border-collapse">
          <thead>
            <tr className="bg-sunken text-left">
              <th scope="col" className="sticky left-0 z-[1] bg-sunken px-4 py-2 font-semibold">
                Entity
              </th>
              {roles.map((role) => (
                <th
                  key={role}
                  scope="col"
                  className={cx('px-3 py-2 font-normal', role === mine && 'bg-accent-soft')}
                >
                  <RoleMark role={role} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.keys(schema.entities).map((entity) => (
              <tr key={entity} className="border-t">
                <th scope="row" className="sticky left-0 z-[1] bg-surface px-4 py-2 text-left font-medium">
                  {entity}
                </th>
                {roles.map((role) => (
                  <td key={role} className={cx('px-3 py-2', role === mine && 'bg-accent-soft/40')}>
                    <div className="flex gap-1">
                      {ruleOperations.map((operation) => {
                        const { reach } = verdictOf(schema, role, entity, operation)
                        const isChosen =
                          chosen?.entity === entity && chosen.role === role && chosen.operation === operation
                        return (
                          <button
                            key={operation}
                            type="button"
                            aria-pressed={isChosen}
                            aria-label={`${role}, ${operation} ${entity}: ${words[reach]}`}
                            onClick={() => onChoose({ entity, role, operation })}
                            className={cx(
                              'grid size-6 place-items-center rounded font-mono text-[11px] font-semibold pointer-coarse:size-9',
                              looks[reach],
                              isChosen && 'outline-2 outline-offset-2 outline-focus',
                            )}
                          >
                            {letters[operation]}
                          </button>
                        )
                      })}
                    </div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  )
}

function Legend() {
  return (
    <ul aria-label="Legend" className="flex flex-wrap gap-x-3 gap-y-1 text-xs text-ink-2">
      {(['all', 'some', 'none'] as const).map((reach) => (
        <li key={reach} className="flex items-center gap-1.5">
          <span aria-hidden className={cx('size-3 rounded-[3px]', looks[reach])} />
          {words[reach]}
        </li>
      ))}
    </ul>
  )
}
