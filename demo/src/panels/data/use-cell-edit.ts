import type { DBALError, EntityData, FieldData } from '@metabuilder/dbal'
import { useState } from 'react'
import { verdictOf, writableFields } from '../../access/verdict.ts'
import { fieldErrors } from '../../client/errors.ts'
import { useAction } from '../../client/use-action.ts'
import { kindOf } from '../../record/field-kind.ts'
import { idOf } from '../../record/labels.ts'
import type { Values } from '../../record/record-form.tsx'
import { useStudio } from '../../session/studio.ts'
import { notify } from '../../ui/toast.tsx'
import { writtenId } from './row-id.ts'

export interface EditedCell {
  readonly row: number
  readonly column: number
  readonly field: string
}

export interface CellEdit {
  /** The cell that is being edited. */
  readonly place: EditedCell | undefined
  readonly error: string | undefined
  readonly isBusy: boolean
  /** Why a field cannot be edited in its cell. */
  readonly refusalOf: (field: string) => string | undefined
  readonly begin: (row: Values, cell: EditedCell) => void
  readonly cancel: () => void
  readonly commit: (row: Values, value: unknown) => Promise<void>
}

/**
 * Editing a value where it stands. What the engine refuses keeps the editor open, with the reason; what needs more room
 * than a cell opens its row.
 */
export function useCellEdit(
  name: string,
  entity: EntityData,
  moveTo: (row: number, column: number) => void,
  openRow: (id: string) => void,
): CellEdit {
  const { role, schema } = useStudio()
  const { run, running } = useAction()
  const [place, setPlace] = useState<EditedCell>()
  const [failure, setFailure] = useState<DBALError>()
  const update = verdictOf(schema, role, name, 'update')
  const writable = writableFields(entity, role, 'update')

  function refusalOf(field: string): string | undefined {
    const data = entity.fields[field]
    if (update.reach === 'none') return update.reason
    if (!data || data.generated) return `${field} is set by the engine.`
    if (data.immutable || entity.primaryKey.includes(field))
      return `${field} is set once, when the row is created.`
    if (writable && !writable.has(field))
      return `The rule for ${role} lets only ${[...writable].join(', ')} be written.`
    return undefined
  }

  function end() {
    if (place) moveTo(place.row, place.column)
    setPlace(undefined)
    setFailure(undefined)
  }

  return {
    place,
    error: place && failure && (fieldErrors(failure)[place.field] ?? failure.message),
    isBusy: running !== undefined,
    refusalOf,
    begin(row, cell) {
      const refusal = refusalOf(cell.field)
      if (refusal) return notify({ tone: 'danger', title: 'Not editable here', text: refusal })
      if (needsRoom(entity.fields[cell.field], row[cell.field])) return openRow(writtenId(idOf(entity, row)))
      setFailure(undefined)
      setPlace(cell)
    },
    cancel: end,
    async commit(row, value) {
      if (running !== undefined) return
      if (!place || value === row[place.field]) return end()
      const outcome = await run('cell', (client) =>
        client.entity(name).update(idOf(entity, row) as string, { [place.field]: value }),
      )
      if (outcome.ok) end()
      else setFailure(outcome.error)
    },
  }
}

/** Longer texts and whatever has an inside are edited in the row's form. */
function needsRoom(field: FieldData | undefined, value: unknown): boolean {
  const kind = field && kindOf(field)
  if (kind === 'json' || kind === 'bytes') return true
  return kind === 'longText' && typeof value === 'string' && (value.length > 120 || value.includes('\n'))
}
