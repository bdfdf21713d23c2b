import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import type { ComponentTree } from './tree-model.ts'
import type { TreeActions } from './use-tree-actions.ts'

/** The props of the chosen component, as the JSON that they are. */
export function Inspector({ node, actions }: { node: ComponentTree; actions: TreeActions }) {
  const stored = JSON.stringify(node.props, null, 2)
  const [text, setText] = useState<string>()
  const [problem, setProblem] = useState<string>()

  async function save(event: FormEvent) {
    event.preventDefault()
    try {
      await actions.saveProps(node, JSON.parse(text ?? stored))
      setProblem(undefined)
      setText(undefined)
    } catch (error) {
      setProblem(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return (
    <form onSubmit={save} aria-label={`Props of ${node.type}`} className="shrink-0 border-t bg-sunken p-4">
      <Field
        label={`${node.type} props`}
        aside={<span className="font-mono">{node.id.slice(0, 8)}</span>}
        error={problem}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            rows={6}
            spellCheck={false}
            className="field font-mono text-xs"
            value={text ?? stored}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey))
                event.currentTarget.form?.requestSubmit()
            }}
          />
        )}
      </Field>
      <div className="mt-2 flex items-center gap-2">
        <Button
          type="submit"
          look="primary"
          busy={actions.isBusy}
          disabled={text === undefined || text === stored}
        >
          Save props
        </Button>
        <span className="text-xs text-ink-3">Ctrl Enter</span>
      </div>
    </form>
  )
}
