import { useKV } from '@metabuilder/dbal/react'
import { BookOpen, ChevronDown, History, Play, Terminal } from 'lucide-react'
import { useRef, useState } from 'react'
import { useCall } from '../../client/use-call.ts'
import { RoleMark } from '../../session/role-mark.tsx'
import { useStudio } from '../../session/studio.ts'
import { Code } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { milliseconds } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'
import { Editor, type EditorHandle } from './editor.tsx'
import { fileExamples, siteExamples } from './examples.ts'
import { PlanView } from './plan-view.tsx'
import { ResultGrid } from './result-grid.tsx'
import { type Language, type Run, useRun } from './use-run.ts'

const mostRecent = 20

export default function QueriesPanel() {
  const { role, schema, file } = useStudio()
  const editor = useRef<EditorHandle>(null)
  const { run, known } = useRun()
  const [recent, setRecent] = useKV<readonly string[]>('studio.queries', [])
  const [firstEntity = ''] = Object.keys(schema.entities)
  const takesSql = useCall('takes-sql', async (asking) => (await asking.capabilities()).rawSql !== false).data
  const [chosen, setChosen] = useState<Language>('code')
  const language: Language = takesSql && role === 'supergod' ? chosen : 'code'
  const examples = file ? fileExamples(firstEntity) : siteExamples

  const runText = async () => {
    const text = editor.current?.text() ?? ''
    const result = await run(text, language)
    if (result.state === 'unclear') editor.current?.show(result.at)
    else if (language === 'code')
      await setRecent((before) => [text, ...before.filter((other) => other !== text)].slice(0, mostRecent))
  }

  return (
    <Panel
      title="Queries"
      lead={
        takesSql ? (
          'No rule is in force here: this address takes SQL text from a supergod.'
        ) : (
          <>
            Filter objects by <Code>client</Code>, joins and more by Kysely’s <Code>db</Code>. The rules of{' '}
            <RoleMark role={role} /> hold for both.
          </>
        )
      }
      actions={
        <Button
          look="primary"
          icon={Play}
          busy={known?.state === 'running'}
          onClick={runText}
          title="Ctrl+Enter in the editor"
        >
          Run
        </Button>
      }
      isFlush
    >
      <div className="flex min-h-0 flex-1 flex-col border-t bg-surface">
        <div className="flex h-11 shrink-0 items-center gap-1 border-b px-2">
          {takesSql && role === 'supergod' && <LanguageChoice chosen={language} onChoose={setChosen} />}
          {language === 'code' && (
            <Menu
              align="start"
              trigger={
                <Button look="quiet" icon={BookOpen}>
                  Examples <ChevronDown size={14} aria-hidden />
                </Button>
              }
            >
              {examples.map(({ title, lead, text }) => (
                <MenuItem key={title} onSelect={() => editor.current?.setText(text)}>
                  {title} <span className="ml-1 text-xs text-ink-2 max-sm:hidden">{lead}</span>
                </MenuItem>
              ))}
            </Menu>
          )}
          {language === 'code' && recent.length > 0 && (
            <Menu
              align="start"
              trigger={
                <Button look="quiet" icon={History}>
                  Recent <ChevronDown size={14} aria-hidden />
                </Button>
              }
            >
              {recent.map((text) => (
                <MenuItem key={text} onSelect={() => editor.current?.setText(text)}>
                  <span className="block max-w-[min(28rem,70vw)] truncate font-mono text-xs">
                    {text.replace(/\s+/g, ' ')}
                  </span>
                </MenuItem>
              ))}
            </Menu>
          )}
          <span className="ml-auto hidden text-xs text-ink-3 md:inline">
            <kbd className="font-mono">Ctrl+Enter</kbd> runs, <kbd className="font-mono">Ctrl+Space</kbd>{' '}
            completes
          </span>
        </div>
        <div className="h-[36%] min-h-36 shrink-0 border-b">
          <Editor
            key={`${file?.name ?? 'site'} ${language}`}
            initial={language === 'sql' ? sqlExample : (examples[0]?.text ?? '')}
            isSql={language === 'sql'}
            schema={schema}
            onRun={runText}
            onReady={editor}
          />
        </div>
        <Result run={known} />
      </div>
    </Panel>
  )
}

const sqlExample = 'select role, count(*) as users\nfrom User\ngroup by role\norder by users desc'

function LanguageChoice({ chosen, onChoose }: { chosen: Language; onChoose: (language: Language) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend
    <div role="group" aria-label="Language" className="mr-1 flex gap-1">
      {(['code', 'sql'] as const).map((language) => (
        <Button
          key={language}
          look={language === chosen ? 'secondary' : 'quiet'}
          aria-pressed={language === chosen}
          onClick={() => onChoose(language)}
        >
          {language === 'sql' ? 'SQL' : 'Code'}
        </Button>
      ))}
    </div>
  )
}

function Result({ run }: { run: Run | undefined }) {
  const { role } = useStudio()
  if (!run) {
    return (
      <Empty icon={Terminal} title="Nothing has been run yet">
        Run the query above as {role}, or choose an example. Then switch the role and run it again.
      </Empty>
    )
  }
  if (run.state === 'running') return <SkeletonLines lines={4} label="Reading the rows" />
  if (run.state === 'refused') return <Failed error={run.error} />
  if (run.state === 'unclear') return <Unclear run={run} />
  const { outcome, durationMs, plan } = run
  return (
    <>
      {outcome.rows.length > 0 ? (
        <ResultGrid outcome={outcome} />
      ) : (
        <Empty icon={Terminal} title="No rows">
          The query ran. There is no row that {role} may see.
        </Empty>
      )}
      {plan && <PlanView plan={plan} />}
      <p
        role="status"
        className="flex h-9 shrink-0 items-center gap-2 border-t bg-sunken px-3 text-xs text-ink-2 tabular-nums"
      >
        {outcome.summary}
        <span className="text-ink-3" title="From the call to its answer, rules included">
          in {milliseconds(durationMs)}
        </span>
        <span className="ml-auto">
          as <RoleMark role={role} />
        </span>
      </p>
    </>
  )
}

function Unclear({ run }: { run: Extract<Run, { state: 'unclear' }> }) {
  const before = run.text.slice(0, run.at).split('\n')
  const place = `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
  return <Failed error={{ code: place, message: run.message }} />
}
