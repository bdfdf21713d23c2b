import { invalid } from '../../../protocol/error.ts'
import { builtinOperations } from '../../../protocol/operations.ts'
import { answer } from '../../call.ts'
import type { Operation } from '../operation.ts'
import { asEntityCall, notFound } from '../write.ts'

/** A text that no database holds is the slug of no page: NUL, or half a surrogate pair. */
const mayBeStored = /^[^\0\p{Cs}]*$/u

const getBySlug: Operation = {
  spec: builtinOperations.PageConfig.getBySlug,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [slug] = call.params
    if (typeof slug !== 'string' || !mayBeStored.test(slug)) throw notFound(call.entity, slug)
    const page = yield* tools.queries.first(call.access, { filter: { slug } }, call.caller)
    if (!page) throw notFound(call.entity, slug)
    return answer(page)
  },
}

/** The pages of one level; options as for `list`, their filter joined by AND. */
const listByLevel: Operation = {
  spec: builtinOperations.PageConfig.listByLevel,
  arity: [1, 2],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [level, options = {}] = call.params
    if (!Number.isInteger(level) || (level as number) < 1 || (level as number) > 5) {
      throw invalid('level', 'must be a whole number from 1 to 5')
    }
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw invalid('options', 'must be an object')
    }
    const { filter } = options as { filter?: unknown }
    const both = filter === undefined ? { level } : { and: [{ level }, filter] }
    return answer(yield* tools.queries.list(call.access, { ...options, filter: both }, call.caller))
  },
}

export const pageConfigOperations: Record<string, Operation> = { getBySlug, listByLevel }
