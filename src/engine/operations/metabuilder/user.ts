import { invalid } from '../../../protocol/error.ts'
import { builtinOperations } from '../../../protocol/operations.ts'
import { answer } from '../../call.ts'
import type { Operation } from '../operation.ts'
import { asEntityCall } from '../write.ts'

/** Users whose name or address holds the text, under the caller's row rules. */
const search: Operation = {
  spec: builtinOperations.User.search,
  arity: [1, 2],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [text, limit] = call.params
    if (typeof text !== 'string' || text.trim() === '')
      throw invalid('query', 'must be a text that is not empty')
    const filter = { or: call.entity.data.search.map((field) => ({ [field]: { contains: text.trim() } })) }
    const options = { filter, sort: { username: 'asc' }, ...(limit === undefined ? {} : { limit }) }
    const { data } = yield* tools.queries.list(call.access, options, call.caller)
    return answer(data)
  },
}

export const userOperations: Record<string, Operation> = { search }
