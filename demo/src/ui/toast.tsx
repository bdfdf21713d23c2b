import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast } from 'radix-ui'
import { useSyncExternalStore } from 'react'
import { cx } from './class-names.ts'

export interface Notice {
  tone: 'ok' | 'danger'
  title: string
  text?: string
}

interface Shown extends Notice {
  id: number
}

const maxShown = 4
let shown: readonly Shown[] = []
let lastId = 0
const listeners = new Set<() => void>()

function show(next: readonly Shown[]) {
  shown = next
  for (const listener of listeners) listener()
}

/** Says something in the corner; errors stay twice as long as good news. */
export function notify(notice: Notice) {
  lastId += 1
  // The same thing said twice in a row is one notice: it starts its time again.
  const others = shown.filter((other) => other.title !== notice.title || other.text !== notice.text)
  show([...others, { ...notice, id: lastId }].slice(-maxShown))
}

const dismiss = (id: number) => show(shown.filter((notice) => notice.id !== id))

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export function Toaster() {
  const notices = useSyncExternalStore(subscribe, () => shown)
  return (
    <Toast.Provider label="Notice" swipeDirection="right">
      {notices.map((notice) => (
        <Toast.Root
          key={notice.id}
          duration={notice.tone === 'danger' ? 9000 : 4000}
          onOpenChange={(open) => !open && dismiss(notice.id)}
          className="float-in pointer-events-auto flex items-start gap-2.5 rounded-lg border bg-surface p-3 shadow-float"
        >
          {notice.tone === 'danger' ? (
            <CircleAlert size={17} aria-hidden className="mt-px shrink-0 text-danger" />
          ) : (
            <CircleCheck size={17} aria-hidden className="mt-px shrink-0 text-ok" />
          )}
          <div className="min-w-0 flex-1">
            <Toast.Title
              className={cx('font-semibold', notice.tone === 'danger' && 'font-mono text-xs leading-5')}
            >
              {notice.title}
            </Toast.Title>
            {notice.text && (
              <Toast.Description className="mt-0.5 text-ink-2 [overflow-wrap:anywhere]">
                {notice.text}
              </Toast.Description>
            )}
          </div>
          <Toast.Close
            aria-label="Dismiss"
            className="rounded p-0.5 text-ink-2 hover:bg-hover hover:text-ink"
          >
            <X size={15} aria-hidden />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed right-3 bottom-16 z-50 flex w-[360px] max-w-[calc(100vw-24px)] flex-col gap-2 md:bottom-3" />
    </Toast.Provider>
  )
}
