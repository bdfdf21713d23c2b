import { Check, Minus } from 'lucide-react'
import { useCall } from '../../client/use-call.ts'
import { Card } from '../../ui/panel.tsx'
import { SkeletonLines } from '../../ui/states.tsx'

/** What the engine can do on the storage in use. Everybody may ask. */
export function Capabilities() {
  const { data } = useCall('capabilities', (client) => client.capabilities())
  return (
    <Card title="Capabilities" lead="True for the storage in use.">
      {data ? (
        <ul className="grid grid-cols-1 gap-x-6 p-4 sm:grid-cols-2">
          {Object.entries(data).map(([name, level]) => (
            <li key={name} className="flex h-7 items-center gap-2">
              {level === false ? (
                <Minus size={15} aria-label="no" className="text-ink-3" />
              ) : (
                <Check size={15} aria-label="yes" className="text-ok" />
              )}
              <span className={level === false ? 'text-ink-3' : ''}>{inWords(name)}</span>
              {typeof level === 'string' && (
                <span className="ml-auto font-mono text-xs text-ink-2">{level}</span>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <SkeletonLines label="Asking the engine" lines={9} />
      )}
    </Card>
  )
}

/** fullTextSearch → full text search */
const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
