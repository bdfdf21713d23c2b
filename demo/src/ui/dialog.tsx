import { X } from 'lucide-react'
import { AlertDialog, Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { isOnNotice } from './toast.tsx'

const backdrop = 'fixed inset-0 z-40 bg-black/45 float-in'

/** A panel from the right edge; the whole screen on a phone. */
export function Sheet({
  title,
  description,
  isOpen,
  onClose,
  children,
  footer,
}: {
  title: ReactNode
  description: ReactNode
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
}) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={backdrop} />
        <Dialog.Content
          onOpenAutoFocus={focusFirstField}
          onInteractOutside={(event) => isOnNotice(event.detail.originalEvent) && event.preventDefault()}
          className="sheet-in fixed inset-y-0 right-0 z-40 flex w-full flex-col bg-surface shadow-float sm:w-[520px] sm:border-l"
        >
          <header className="flex items-start gap-3 border-b px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="truncate text-[15px] font-semibold">{title}</Dialog.Title>
              <Dialog.Description asChild>
                <div className="mt-0.5 text-ink-2">{description}</div>
              </Dialog.Description>
            </div>
            {/* Without a tooltip, which would take the first Escape for itself. */}
            <Dialog.Close
              aria-label="Close"
              className="grid size-8 place-items-center rounded-md text-ink-2 hover:bg-hover hover:text-ink pointer-coarse:size-10"
            >
              <X size={16} aria-hidden />
            </Dialog.Close>
          </header>
          <div className="scroll min-h-0 flex-1 px-5 py-4" tabIndex={-1}>
            {children}
          </div>
          {footer && (
            <footer className="flex flex-wrap items-center gap-2 border-t bg-sunken px-5 py-3">
              {footer}
            </footer>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** A form is entered at its first field; on a phone that would raise the keyboard, so there the sheet itself is. */
function focusFirstField(event: Event) {
  const sheet = event.currentTarget
  if (!(sheet instanceof HTMLElement)) return
  event.preventDefault()
  const field = matchMedia('(pointer: fine)').matches
    ? sheet.querySelector<HTMLElement>('form .field:enabled')
    : null
  const target = field ?? sheet
  target.focus()
}

export interface Confirmation {
  title: string
  /** What is lost, in words. */
  text: ReactNode
  confirm: string
  run: () => void
}

/** Asks before something that cannot be taken back. */
export function Confirm({ asked, onClose }: { asked: Confirmation | null; onClose: () => void }) {
  return (
    <AlertDialog.Root open={asked !== null} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={backdrop} />
        <AlertDialog.Content className="float-in fixed top-1/2 left-1/2 z-50 w-[calc(100vw-32px)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border bg-surface p-5 shadow-float">
          <AlertDialog.Title className="text-[15px] font-semibold">{asked?.title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-ink-2">{asked?.text}</div>
          </AlertDialog.Description>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={asked?.run}>
                {asked?.confirm}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
