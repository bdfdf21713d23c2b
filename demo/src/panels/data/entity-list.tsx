import { Eye, Lock, Table2 } from 'lucide-react'
import { verdictOf } from '../../access/verdict.ts'
import { useCall } from '../../client/use-call.ts'
import { hrefOf } from '../../route/route.ts'
import { go } from '../../route/use-route.ts'
import { useStudio } from '../../session/studio.ts'
import { cx } from '../../ui/class-names.ts'
import { counted } from '../../ui/numbers.ts'

/** The entities, each with the number of its rows that the role may see. */
export function EntityList({ current }: { current: string | undefined }) {
  const { role, schema } = useStudio()
  const entities = Object.entries(schema.entities).map(([name, entity]) => ({
    name,
    isView: entity.kind === 'view',
    isReadable: verdictOf(schema, role, name, 'read').reach !== 'none',
  }))
  const counts = useCall(`counts ${role}`, async (client) => {
    const readable = entities.filter(({ isReadable }) => isReadable)
    const numbers = await Promise.all(readable.map(({ name }) => client.entity(name).count()))
    return new Map(readable.map(({ name }, index) => [name, numbers[index] ?? 0]))
  })
  const countOf = (name: string) => {
    const count = counts.data?.get(name)
    return count === undefined ? '' : counted(count)
  }

  return (
    <>
      <div className="border-b p-2 md:hidden">
        <select
          aria-label="Entity"
          className="field"
          value={current}
          onChange={(event) => go(hrefOf('data', event.target.value))}
        >
          {entities.map(({ name, isReadable }) => (
            <option key={name} value={name}>
              {name} {isReadable ? countOf(name) && `(${countOf(name)})` : '(no access)'}
            </option>
          ))}
        </select>
      </div>
      <nav aria-label="Entities" className="scroll hidden w-52 shrink-0 border-r p-2 md:block xl:w-60">
        <ul className="space-y-px">
          {entities.map(({ name, isView, isReadable }) => {
            const Icon = isReadable ? (isView ? Eye : Table2) : Lock
            return (
              <li key={name}>
                <a
                  href={hrefOf('data', name)}
                  aria-current={name === current ? 'page' : undefined}
                  className={cx(
                    'flex h-8 items-center gap-2 rounded-md px-2',
                    name === current
                      ? 'bg-accent-soft font-medium text-accent-strong'
                      : isReadable
                        ? 'hover:bg-hover'
                        : 'text-ink-3 hover:bg-hover',
                  )}
                >
                  <Icon size={15} aria-hidden className={cx('shrink-0', name !== current && 'text-ink-3')} />
                  <span className="min-w-0 flex-1 truncate">{name}</span>
                  <span className={cx('text-xs tabular-nums', name === current ? '' : 'text-ink-3')}>
                    {countOf(name)}
                  </span>
                  {!isReadable && <span className="sr-only">no access</span>}
                </a>
              </li>
            )
          })}
        </ul>
      </nav>
    </>
  )
}
