import type { EntityData } from '@metabuilder/dbal'
import { verdictOf } from '../../access/verdict.ts'
import { useCall } from '../../client/use-call.ts'
import { labelField } from '../../record/labels.ts'
import type { Values } from '../../record/record-form.tsx'
import { useStudio } from '../../session/studio.ts'
import type { StudioFilter } from '../../session/studio-client.ts'

/** What the rows in sight refer to, by name: `labels.get('AlbumId')?.get('1')` is the album's title. */
export type Labels = ReadonlyMap<string, ReadonlyMap<string, string>>

const none: Labels = new Map()
/** Values of one `in`, which is as many rows as one page may have. */
const most = 100

/** Reads the names of the rows that the given rows refer to, as far as the role may see them. */
export function useLabels(entity: EntityData, rows: readonly Values[]): Labels {
  const { role, schema } = useStudio()
  const wanted = Object.entries(entity.fields).flatMap(([field, { references }]) => {
    const target = references && schema.entities[references.entity]
    const label = target && labelField(target)
    if (!references || !label || label === references.field) return []
    if (verdictOf(schema, role, references.entity, 'read').reach === 'none') return []
    const values = [...new Set(rows.map((row) => row[field]))].filter(
      (value) => value !== null && value !== undefined,
    )
    return values.length > 0
      ? [{ field, label, entity: references.entity, key: references.field, values: values.slice(0, most) }]
      : []
  })
  const question =
    wanted.length > 0
      ? JSON.stringify(wanted, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
      : null

  const { data } = useCall(question && `labels ${question}`, async (client) => {
    const lists = await Promise.all(
      wanted.map(({ entity: name, key, label, values }) =>
        client
          .entity(name)
          .list({ filter: { [key]: { in: values } } as StudioFilter, select: [key, label], limit: most }),
      ),
    )
    return new Map(
      wanted.map(({ field, key, label }, index) => [
        field,
        new Map((lists[index]?.data ?? []).map((row) => [String(row[key]), String(row[label] ?? '')])),
      ]),
    )
  })
  return data ?? none
}
