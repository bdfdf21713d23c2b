import { FileUp } from 'lucide-react'
import { hrefOf } from '../route/route.ts'
import { useRoute } from '../route/use-route.ts'
import { useStudio } from '../session/studio.ts'
import { cx } from '../ui/class-names.ts'
import { Tooltip } from '../ui/tooltip.tsx'
import { Brand } from './brand.tsx'
import { destinations } from './navigation.ts'
import { useFilePicker } from './use-file-picker.ts'

/** Icons alone on a tablet, with words on a desk. A phone has the bottom bar instead. */
export function Sidebar() {
  const { panel } = useRoute()
  const { file } = useStudio()
  const pick = useFilePicker()
  return (
    <aside className="hidden w-14 shrink-0 flex-col border-r bg-surface md:flex lg:w-52">
      <a href={hrefOf('pages')} className="flex h-13 items-center gap-2.5 border-b px-3.5 lg:px-4">
        <Brand />
        <span className="hidden text-[15px] font-semibold tracking-tight lg:block">DBAL Studio</span>
        <span className="sr-only lg:hidden">DBAL Studio</span>
      </a>
      <nav aria-label="Panels" className="flex-1 space-y-0.5 p-2">
        {destinations
          .filter((place) => !file || !place.isSiteOnly)
          .map(({ panel: name, label, icon: Icon }) => (
            <Tooltip key={name} text={<span className="lg:hidden">{label}</span>} side="right">
              <a
                href={hrefOf(name)}
                aria-label={label}
                aria-current={panel === name ? 'page' : undefined}
                className={cx(
                  'flex h-9 items-center gap-2.5 rounded-md px-2.5 transition-colors',
                  panel === name
                    ? 'bg-accent-soft font-medium text-accent-strong'
                    : 'text-ink-2 hover:bg-hover hover:text-ink',
                )}
              >
                <Icon size={17} aria-hidden className="shrink-0" />
                <span className="hidden lg:block">{label}</span>
              </a>
            </Tooltip>
          ))}
      </nav>
      <div className="p-2">
        <button
          type="button"
          onClick={pick}
          className="flex w-full items-center gap-2.5 rounded-md border border-dashed border-line-strong p-2.5 text-left text-ink-2 hover:border-accent hover:text-ink"
        >
          <FileUp size={17} aria-hidden className="shrink-0" />
          <span className="sr-only leading-tight lg:not-sr-only">
            Open a SQLite file
            <span className="mt-0.5 hidden text-xs text-ink-3 lg:block">or drop one anywhere</span>
          </span>
        </button>
      </div>
    </aside>
  )
}
