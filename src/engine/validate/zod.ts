/**
 * An entity's inputs as zod schemas, for code around the engine that composes with zod. They ask the same checks as
 * `Validators`, which does not go through zod itself: without code generation, which a content security policy forbids, a
 * strict object of five fields takes zod 2.4 µs, the checks of a User (eight fields) take 0.9, and a bulk insert makes
 * 20,000 of them.
 */

import * as z from 'zod/mini'
import { defaultLimits, type Limits } from '../../protocol/limits.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityModel } from '../model.ts'
import { EntityValidator, Issues } from './entity-validator.ts'

z.config({ jitless: true })

export interface EntitySchemas {
  /** Parses to a complete row, like `Validators.create`. */
  readonly create: z.ZodMiniType<Row>
  /** Parses to the given fields, like `Validators.update`. */
  readonly update: z.ZodMiniType<Row>
}

export function zodOf(entity: EntityModel, limits: Limits = defaultLimits): EntitySchemas {
  const validator = new EntityValidator(entity, limits)
  return {
    create: schemaOf((input, issues) => validator.create(input, '', issues)),
    update: schemaOf((input, issues) => validator.update(input, '', issues)),
  }
}

function schemaOf(read: (input: unknown, issues: Issues) => Row): z.ZodMiniType<Row> {
  return z.pipe(
    z.unknown(),
    z.transform((input, context) => {
      const issues = new Issues()
      const row = read(input, issues)
      for (const { path, message } of issues.list) {
        context.issues.push({ code: 'custom', input, message, path: zodPath(path) })
      }
      return row
    }),
  )
}

/** `steps[0].name` as zod has it: `['steps', 0, 'name']`. */
function zodPath(path: string): (string | number)[] {
  return Array.from(path.matchAll(/\[(\d+)\]|[^.[\]]+/g), ([part, at]) =>
    at === undefined ? part : Number(at),
  )
}
