import { z } from 'zod'
import { count, timeOf } from './values.ts'

/** The most ids that are listed for one broken invariant. */
export const AUDIT_MAX_IDS = 100

export const auditInput = z.strictObject({}).meta({ id: 'AuditInput', description: 'An audit takes no options.' })

const auditedInvariant = z
  .object({
    name: z.string().meta({ description: 'Name', example: 'stock-adds-up' }),
    rule: z.string().meta({
      description: 'What must hold, a sentence',
      example: 'The stock of a product is what was received less what orders hold.',
    }),
    checked: count('How many rows were checked', 1_000),
    broken: count('How many of them break the rule', 0),
    ids: z
      .array(z.string())
      .max(AUDIT_MAX_IDS)
      .meta({ description: `Ids of the first ${AUDIT_MAX_IDS} that break it`, example: [] }),
  })
  .meta({ id: 'AuditedInvariant', description: 'A rule that must always hold, and what was found.' })

export const audit = z
  .object({
    at: timeOf('When the snapshot was taken, ISO 8601, UTC'),
    holds: z.boolean().meta({ description: 'Whether no invariant is broken', example: true }),
    invariants: z.array(auditedInvariant).meta({ description: 'Every invariant' }),
  })
  .meta({ id: 'Audit', description: 'The result of an audit.' })

export type AuditedInvariant = z.output<typeof auditedInvariant>
export type Audit = z.output<typeof audit>
