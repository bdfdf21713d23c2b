import { ListTree } from 'lucide-react'
import { milliseconds, plural } from '../../ui/numbers.ts'
import type { Plan } from './plan.ts'

/** The plan, folded away until somebody wants to know. */
export function PlanView({ plan }: { plan: Plan }) {
  return (
    <details className="shrink-0 border-t bg-surface text-xs">
      <summary className="flex h-9 cursor-pointer items-center gap-2 px-3 font-medium text-ink-2 hover:bg-sunken">
        <ListTree size={14} aria-hidden />
        Plan <span className="font-normal text-ink-3">{plural(plan.length, 'statement')}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll */}
      <section aria-label="Plan" tabIndex={0} className="scroll max-h-56 px-3 pb-3">
        <ol className="space-y-2">
          {plan.map(({ steps, durationMs, rows }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: statements have nothing but their order
            <li key={index} className="rounded-md border bg-sunken px-2.5 py-2">
              {durationMs !== undefined && rows !== undefined && (
                <p className="mb-1 text-ink-2 tabular-nums">
                  {plural(rows, 'row')} in {milliseconds(durationMs)}
                </p>
              )}
              <ul>
                {steps.map(({ detail, depth }, step) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the same step may come twice
                  <li key={step} className="font-mono" style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
                    {detail}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      </section>
    </details>
  )
}
