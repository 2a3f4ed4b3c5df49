import { z } from 'zod'
import { memberId, timeOf } from './values.ts'

const CODE_MAX_LENGTH = 100

export const role = z
  .enum(['member', 'admin'])
  .meta({ description: 'What the caller may do: for one member, or everything', example: 'member' })

/** What `POST /session` takes. */
export const signInInput = z
  .union([
    z.strictObject({
      code: z
        .string()
        .min(1)
        .max(CODE_MAX_LENGTH)
        .meta({ description: 'A one-time code; it is valid for ten minutes', example: 'mZ1v0cXv8b5Tq3yB2nKd9w' }),
    }),
    z.strictObject({ memberId, role }),
  ])
  .meta({
    id: 'SignInInput',
    description: 'A one-time code; or, with `npm start` on this machine, any member.',
    example: { code: 'mZ1v0cXv8b5Tq3yB2nKd9w' },
  })

/** Who is signed in, and the ways to sign in. */
export const sessionView = z
  .object({
    session: z
      .object({
        memberId,
        role,
        expiresAt: timeOf('When the session ends unless it is used before, ISO 8601, UTC'),
      })
      .nullable()
      .meta({ description: 'Null without a session' }),
    signIn: z
      .object({
        development: z.boolean().meta({ description: 'As any member, without proof', example: false }),
        provider: z.boolean().meta({ description: 'At the identity provider: `/session/provider`', example: true }),
      })
      .meta({ description: 'Ways to sign in, besides a one-time code' }),
    selfCharge: z.boolean().meta({ description: 'Whether members may charge their own points', example: false }),
  })
  .meta({ id: 'Session', description: 'Who is signed in, and the ways to sign in.' })

export type SignInInput = z.output<typeof signInInput>
export type SessionView = z.output<typeof sessionView>
