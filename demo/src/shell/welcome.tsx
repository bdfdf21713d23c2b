import { X } from 'lucide-react'
import { useState } from 'react'
import { useSitePlace } from '../session/site-place.ts'
import { recall, remember } from '../session/storage.ts'
import { Button } from '../ui/button.tsx'

/** One line for the first visit. */
export function Welcome() {
  const place = useSitePlace()
  const [isShown, setShown] = useState(() => recall('welcome') !== 'read')
  if (!isShown) return null
  const dismiss = () => {
    remember('welcome', 'read')
    setShown(false)
  }
  return (
    <aside
      aria-label="Welcome"
      className="flex items-center gap-2 border-b bg-accent-soft py-1 pr-2 pl-4 text-accent-strong lg:pl-6"
    >
      <p className="flex-1 py-1">
        <strong className="font-semibold">
          {place === 'browser'
            ? 'A whole database inside this tab, no server.'
            : 'The same studio over a daemon, by one change of configuration.'}
        </strong>{' '}
        Switch the role at the top right to see what its rules allow, or drop any SQLite file to open it.
      </p>
      <Button
        look="quiet"
        icon={X}
        iconOnly
        aria-label="Hide this line"
        onClick={dismiss}
        className="text-accent-strong"
      />
    </aside>
  )
}
