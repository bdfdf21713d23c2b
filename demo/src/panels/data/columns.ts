import type { EntityData, FieldData, Role } from '@metabuilder/dbal'
import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
} from '@tanstack/react-table'
import { readableFields } from '../../access/verdict.ts'
import { kindOf } from '../../record/field-kind.ts'
import type { Values } from '../../record/record-form.tsx'

export const features = tableFeatures({ columnSizingFeature, columnResizingFeature, columnVisibilityFeature })
export type Features = typeof features

/** A row that was read, with its place in the whole result. */
export interface PlacedRow {
  readonly index: number
  readonly row: Values
}

/** The columns that the role may see, in the order of the schema. */
export function columnsOf(entity: EntityData, role: Role): ColumnDef<Features, PlacedRow>[] {
  const readable = readableFields(entity, role)
  return Object.entries(entity.fields)
    .filter(([name, field]) => !field.hidden && (readable?.has(name) ?? true))
    .map(([name, field]) => ({
      id: name,
      header: name,
      size: widthOf(name, field),
      minSize: 64,
      maxSize: 900,
    }))
}

function widthOf(name: string, field: FieldData): number {
  // The name must fit beside the arrow of the order.
  const head = name.length * 7.4 + 52
  return Math.round(Math.max(head, roomFor(field)))
}

function roomFor(field: FieldData): number {
  switch (kindOf(field)) {
    case 'reference':
      return 190
    case 'longText':
    case 'json':
      return 260
    case 'datetime':
      return 160
    case 'number':
    case 'flag':
      return 90
    case 'choice':
      return 110
    case 'bytes':
      return 90
    case 'text':
      return field.type === 'uuid' ? 130 : 190
    default:
      return 150
  }
}
