import { javascript, javascriptLanguage } from '@codemirror/lang-javascript'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import type { SchemaData } from '@metabuilder/dbal'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useEffectEvent, useImperativeHandle, useRef } from 'react'
import { completionsOf } from './completions.ts'

export interface EditorHandle {
  text(): string
  /** Replaces the text; undo brings the old one back. */
  setText(text: string): void
  /** Puts the cursor at a character. */
  show(at: number): void
}

/** The colours are those of the studio, in both themes. */
const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '10px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--hover) 55%, transparent)',
  },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 24%, transparent) !important',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft) !important', color: 'inherit' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--accent-ink)',
  },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--ink)' },
})

const highlighting = HighlightStyle.define([
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--role-user)' },
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--role-admin)' },
  { tag: [tags.function(tags.propertyName), tags.function(tags.variableName)], color: 'var(--accent)' },
  { tag: tags.definition(tags.propertyName), color: 'var(--ink)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
])

/** Where queries are typed. Ctrl+Enter runs; Tab leaves the field. */
export function Editor({
  initial,
  isSql = false,
  schema,
  onRun,
  onReady,
}: {
  initial: string
  /** Fixed for as long as the editor is there. */
  isSql?: boolean
  schema: SchemaData
  onRun: () => void
  onReady: React.Ref<EditorHandle>
}) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const run = useEffectEvent(onRun)
  const complete = useEffectEvent((context: Parameters<ReturnType<typeof completionsOf>>[0]) =>
    completionsOf(schema)(context),
  )
  const start = useEffectEvent(() => initial)
  const language = useEffectEvent(() => (isSql ? [] : javascript()))

  useEffect(() => {
    if (!host.current) return
    const made = new EditorView({
      parent: host.current,
      doc: start(),
      extensions: [
        EditorView.domEventHandlers({
          keydown: (event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return false
            event.preventDefault()
            run()
            return true
          },
        }),
        basicSetup,
        language(),
        javascriptLanguage.data.of({
          autocomplete: (context: Parameters<ReturnType<typeof completionsOf>>[0]) => complete(context),
        }),
        theme,
        syntaxHighlighting(highlighting),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'Query', 'aria-multiline': 'true' }),
      ],
    })
    view.current = made
    return () => {
      view.current = null
      made.destroy()
    }
  }, [])

  useImperativeHandle(onReady, () => ({
    text: () => view.current?.state.doc.toString() ?? '',
    setText(text) {
      const length = view.current?.state.doc.length ?? 0
      view.current?.dispatch({ changes: { from: 0, to: length, insert: text } })
    },
    show(at) {
      view.current?.dispatch({ selection: { anchor: at }, scrollIntoView: true })
      view.current?.focus()
    },
  }))

  return <div ref={host} className="h-full min-h-0 [&_.cm-editor]:h-full" />
}
