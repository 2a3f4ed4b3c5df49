import { z } from 'zod'
import { timestamp } from './values.ts'

/** The most ids that are named of what breaks one invariant. */
export const AUDIT_MAX_IDS = 100

export const auditInput = z.strictObject({})

/** One rule that must hold whatever happens, and what was found of it. */
export const auditedInvariant = z
  .object({
    name: z.string().meta({ description: 'Name', example: 'stock-adds-up' }),
    rule: z.string().meta({
      description: 'What must hold',
      example: 'The stock of a product is what was received less what orders hold.',
    }),
    checked: z.int().min(0).meta({ description: 'How many were checked', example: 1_000 }),
    broken: z.int().min(0).meta({ description: 'How many of them break it', example: 0 }),
    ids: z
      .array(z.string())
      .max(AUDIT_MAX_IDS)
      .meta({
        description: `Which, by id; the first ${AUDIT_MAX_IDS} of them`,
        example: [],
      }),
  })
  .meta({ id: 'AuditedInvariant' })

export const auditOutput = z
  .object({
    at: timestamp.meta({ description: 'When the snapshot was taken', example: '2026-01-15T03:00:00.000Z' }),
    holds: z.boolean().meta({ description: 'Whether no invariant is broken', example: true }),
    invariants: z.array(auditedInvariant),
  })
  .meta({ id: 'Audit' })

export type AuditedInvariant = z.output<typeof auditedInvariant>
export type Audit = z.output<typeof auditOutput>
