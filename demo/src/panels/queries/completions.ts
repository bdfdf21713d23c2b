import type { SchemaData } from '@metabuilder/dbal'

interface Completion {
  readonly label: string
  readonly type: string
  readonly detail?: string
}

/** What the editor says of the place of the cursor. */
interface CompletionContext {
  readonly explicit: boolean
  matchBefore(pattern: RegExp): { readonly from: number; readonly text: string } | null
}

const operations =
  'list findFirst count aggregate read create update delete upsert updateMany deleteMany'.split(' ')
const options = 'filter sort select limit page cursor count include groupBy having'.split(' ')

/** Names of the schema: entities after `client.`, operations after an entity, entities and fields everywhere else. */
export function completionsOf(schema: SchemaData) {
  const entities = Object.entries(schema.entities).filter(([, { system }]) => !system)
  const accessors = entities.map(([name, { accessor }]) => ({
    label: accessor,
    type: 'variable',
    detail: name,
  }))
  const words: readonly Completion[] = [
    ...unique(entities.map(([name]) => ({ label: name, type: 'class' }))),
    ...unique(
      entities.flatMap(([, { fields }]) =>
        Object.entries(fields)
          .filter(([, field]) => !field.hidden)
          .map(([label, { type }]) => ({ label, type: 'property', detail: type })),
      ),
    ),
    ...options.map((label) => ({ label, type: 'keyword' })),
  ]
  return (context: CompletionContext) => {
    const afterEntity = context.matchBefore(/\bclient\.\w+\.\w*$/)
    if (afterEntity)
      return found(
        afterEntity,
        operations.map((label) => ({ label, type: 'function' })),
      )
    const afterClient = context.matchBefore(/\bclient\.\w*$/)
    if (afterClient) return found(afterClient, accessors)
    const word = context.matchBefore(/\w+$/)
    if (!word && !context.explicit) return null
    return found(word ?? { from: 0, text: '' }, words)
  }
}

function found({ from, text }: { from: number; text: string }, options: readonly Completion[]) {
  return { from: from + text.lastIndexOf('.') + 1, options, validFor: /^\w*$/ }
}

function unique(list: readonly Completion[]): Completion[] {
  return [...new Map(list.map((item) => [item.label, item])).values()]
}
