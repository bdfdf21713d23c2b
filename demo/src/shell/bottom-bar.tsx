import { hrefOf } from '../route/route.ts'
import { useRoute } from '../route/use-route.ts'
import { useStudio } from '../session/studio.ts'
import { cx } from '../ui/class-names.ts'
import { destinations } from './navigation.ts'

/** The panels on a phone, within reach of a thumb. */
export function BottomBar() {
  const { panel } = useRoute()
  const { file } = useStudio()
  return (
    <nav aria-label="Panels" className="flex border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {destinations
        .filter((place) => !file || !place.isSiteOnly)
        .map(({ panel: name, label, icon: Icon }) => (
          <a
            key={name}
            href={hrefOf(name)}
            aria-current={panel === name ? 'page' : undefined}
            className={cx(
              'flex h-13 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-[10.5px]',
              panel === name ? 'font-semibold text-accent-strong' : 'text-ink-2',
            )}
          >
            <Icon size={19} aria-hidden />
            {label}
          </a>
        ))}
    </nav>
  )
}
