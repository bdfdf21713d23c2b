import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore } from 'react'
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
const goodNewsMs = 4_000
const errorMs = 9_000
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

/**
 * The notices, in a live region of their own: it stays readable while a dialog is open, and Escape belongs to the dialog
 * alone.
 */
export function Toaster() {
  const notices = useSyncExternalStore(subscribe, () => shown)
  return (
    <ol
      aria-label="Notices"
      aria-live="polite"
      aria-relevant="additions"
      className="pointer-events-none fixed right-3 bottom-16 z-50 flex w-[360px] max-w-[calc(100vw-24px)] flex-col gap-2 md:bottom-3"
    >
      {notices.map((notice) => (
        <NoticeItem key={notice.id} notice={notice} />
      ))}
    </ol>
  )
}

/** Goes away by itself, but not while someone reads it with the pointer or the focus on it. */
function NoticeItem({ notice }: { notice: Shown }) {
  const [isHeld, setHeld] = useState(false)
  const isError = notice.tone === 'danger'

  useEffect(() => {
    if (isHeld) return
    const timer = setTimeout(() => dismiss(notice.id), isError ? errorMs : goodNewsMs)
    return () => clearTimeout(timer)
  }, [isHeld, isError, notice.id])

  const Icon = isError ? CircleAlert : CircleCheck
  return (
    <li
      {...{ [noticeMark]: '' }}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="float-in pointer-events-auto flex items-start gap-2.5 rounded-lg border bg-surface p-3 shadow-float"
    >
      <Icon size={17} aria-hidden className={cx('mt-px shrink-0', isError ? 'text-danger' : 'text-ok')} />
      <div className="min-w-0 flex-1">
        <p className={cx('font-semibold', isError && 'font-mono text-xs leading-5')}>{notice.title}</p>
        {notice.text && <p className="mt-0.5 text-ink-2 [overflow-wrap:anywhere]">{notice.text}</p>}
      </div>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={() => dismiss(notice.id)}
        className="rounded p-0.5 text-ink-2 hover:bg-hover hover:text-ink"
      >
        <X size={15} aria-hidden />
      </button>
    </li>
  )
}

const noticeMark = 'data-notice'

/** For dialogs: a click on a notice is not a click beside the dialog. */
export function isOnNotice(event: { readonly target: EventTarget | null }): boolean {
  return event.target instanceof Element && event.target.closest(`[${noticeMark}]`) !== null
}
