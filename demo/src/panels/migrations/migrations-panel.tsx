import type { MigrationStatus } from '@metabuilder/dbal'
import { ArrowUpFromLine, CircleCheck, CircleDashed, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { refusalOf } from '../../access/database-rights.ts'
import { Denied } from '../../access/denied.tsx'
import { DatabaseNote } from '../../access/role-note.tsx'
import { useAction } from '../../client/use-action.ts'
import { useCall } from '../../client/use-call.ts'
import { plantSample } from '../../seed/seed.ts'
import { siteClient } from '../../session/site-clients.ts'
import { useStudio } from '../../session/studio.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm, type Confirmation } from '../../ui/dialog.tsx'
import { moment } from '../../ui/moments.ts'
import { plural } from '../../ui/numbers.ts'
import { Card, Panel } from '../../ui/panel.tsx'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'

export default function MigrationsPanel() {
  const { role } = useStudio()
  const { run, running } = useAction()
  const [asked, setAsked] = useState<Confirmation | null>(null)
  const refusal = refusalOf(role, 'migrations.status')
  const status = useCall(refusal ? null : 'migrations', (client) => client.migrations.status())

  /** Tables that were dropped come back empty: the sample is planted in them again. */
  const migrate = () =>
    run(
      'migrate',
      async (client) => {
        const after = await client.migrations.migrate()
        await plantSample(siteClient('god'), siteClient('supergod'))
        return after
      },
      (after) => `The schema stands at version ${after.version}`,
    )

  /** Undoes everything above the version. */
  const askRollback = (known: MigrationStatus, to: number) => {
    const undone = known.applied.filter(({ version }) => version > to)
    setAsked({
      title: `Roll back to version ${to}?`,
      text: (
        <>
          This undoes {undone.map(({ name }) => name).join(', ')}: the tables and columns that{' '}
          {undone.length === 1 ? 'it' : 'they'} made are dropped, and{' '}
          <strong>every row in them is lost</strong>. Download the database first if you want them back.
        </>
      ),
      confirm: `Roll back ${plural(undone.length, 'migration')}`,
      run: () =>
        run(
          'rollback',
          (client) => client.migrations.rollback(to),
          (after) => `The schema stands at version ${after.version}`,
        ),
    })
  }

  return (
    <Panel
      title="Migrations"
      lead="The numbered steps that made this schema, each in one transaction and held against its checksum."
      note={<DatabaseNote rights={['migrations.status', 'migrations.migrate', 'migrations.rollback']} />}
      actions={
        <Button
          look="primary"
          icon={ArrowUpFromLine}
          busy={running === 'migrate'}
          refusal={refusalOf(role, 'migrations.migrate')}
          disabled={status.data?.pending.length === 0}
          onClick={migrate}
        >
          {status.data && status.data.pending.length > 0
            ? `Apply ${plural(status.data.pending.length, 'migration')}`
            : 'Nothing to apply'}
        </Button>
      }
    >
      {refusal ? (
        <Denied
          title={`${role} does not see the migrations`}
          reason={refusal}
          attempt={(client) => client.migrations.status()}
        />
      ) : status.error ? (
        <Failed error={status.error} action={<Button onClick={status.retry}>Try again</Button>} />
      ) : status.data ? (
        <Card title={`Version ${status.data.version}`} lead={leadOf(status.data)}>
          <History
            status={status.data}
            refusal={refusalOf(role, 'migrations.rollback')}
            isBusy={running === 'rollback'}
            onRollback={(to) => status.data && askRollback(status.data, to)}
          />
        </Card>
      ) : (
        <SkeletonLines label="Reading the migrations" />
      )}
      <Confirm asked={asked} onClose={() => setAsked(null)} />
    </Panel>
  )
}

function leadOf({ applied, pending }: MigrationStatus): string {
  return `${plural(applied.length, 'migration')} applied, ${pending.length === 0 ? 'none waits' : `${pending.length} waiting`}.`
}

function History({
  status,
  refusal,
  isBusy,
  onRollback,
}: {
  status: MigrationStatus
  refusal: string | undefined
  isBusy: boolean
  onRollback: (to: number) => void
}) {
  const { applied, pending } = status
  if (applied.length + pending.length === 0) {
    return (
      <Empty icon={CircleDashed} title="No migrations">
        This schema made its tables when the database was first opened. Later changes appear here.
      </Empty>
    )
  }
  return (
    <ol>
      {applied.map(({ version, name, generated, appliedAt }, index) => (
        <li
          key={version}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-4 py-2.5 first:border-t-0"
        >
          <CircleCheck size={17} aria-hidden className="shrink-0 text-ok" />
          <span className="w-10 font-mono tabular-nums">{String(version).padStart(4, '0')}</span>
          <span className="min-w-40 flex-1 font-medium">{name}</span>
          <span className="text-xs text-ink-2">applied {moment(appliedAt)}</span>
          {generated && <Badge>generated</Badge>}
          <Button
            look="quiet"
            icon={Undo2}
            busy={isBusy}
            refusal={refusal}
            aria-label={`Roll back ${name}`}
            onClick={() => onRollback(applied[index - 1]?.version ?? 0)}
          >
            Roll back
          </Button>
        </li>
      ))}
      {pending.map(({ version, name }) => (
        <li
          key={version}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-4 py-2.5 first:border-t-0"
        >
          <CircleDashed size={17} aria-hidden className="shrink-0 text-warn" />
          <span className="w-10 font-mono tabular-nums">{String(version).padStart(4, '0')}</span>
          <span className="min-w-40 flex-1 font-medium">{name}</span>
          <Badge tone="warn">waiting</Badge>
        </li>
      ))}
    </ol>
  )
}
