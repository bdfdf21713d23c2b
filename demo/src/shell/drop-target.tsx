import { FileUp } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { useStudio } from '../session/studio.ts'

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

/** A SQLite file may be dropped anywhere in the window. */
export function DropTarget() {
  const { openFile } = useStudio()
  const [isOver, setOver] = useState(false)
  const open = useEffectEvent((file: File) => openFile(file))

  useEffect(() => {
    // Entering a child fires before leaving its parent: the pointer is out when as many have been left as entered.
    let depth = 0
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      depth -= 1
      if (depth === 0) setOver(false)
    }
    const over = (event: DragEvent) => carriesFiles(event) && event.preventDefault()
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      const file = event.dataTransfer?.files[0]
      if (file) open(file)
    }
    const stop = new AbortController()
    const options = { signal: stop.signal }
    addEventListener('dragenter', enter, options)
    addEventListener('dragleave', leave, options)
    addEventListener('dragover', over, options)
    addEventListener('drop', drop, options)
    return () => stop.abort()
  }, [])

  if (!isOver) return null
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-canvas/85 p-6">
      <div className="rounded-xl border-2 border-dashed border-accent bg-surface px-10 py-8 text-center shadow-float">
        <FileUp size={28} aria-hidden className="mx-auto mb-2 text-accent" />
        <p className="text-base font-semibold">Drop the SQLite file to open it</p>
        <p className="text-ink-2">It stays on this machine: a copy is opened in this tab.</p>
      </div>
    </div>
  )
}
