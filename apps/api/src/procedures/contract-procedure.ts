import type { Access, Procedure } from '@jumun/contract'
import type { z } from 'zod'
import { forbidden, requireMember } from '../auth/access.ts'
import type { Caller } from '../auth/tokens.ts'
import { adminProcedure, memberProcedure, publicProcedure } from './procedure.ts'
import { weighLines } from './weight.ts'

/**
 * The tRPC procedure that the contract describes: its input, its output, and the check of who may call it. Whether a caller owns
 * the order that an input names is for the use case to check, which reads the order, and who may follow a topic for live/topics.ts.
 */
export function procedure<Input extends z.ZodObject, Output extends z.ZodType>(
  contract: Procedure<Input, Output> & { access: 'anyone' | 'topics' },
): ReturnType<typeof forAnyone<Input, Output>>
export function procedure<Input extends z.ZodObject, Output extends z.ZodType>(
  contract: Procedure<Input, Output>,
): ReturnType<typeof forCallers<Input, Output>>
export function procedure<Input extends z.ZodObject, Output extends z.ZodType>(contract: Procedure<Input, Output>) {
  const isOpen = contract.access === 'anyone' || contract.access === 'topics'
  return isOpen ? forAnyone(contract) : forCallers(contract)
}

/** The same of a subscription, which answers a stream of what the contract calls its output. */
export function subscription<Input extends z.ZodObject>(contract: Procedure<Input> & { stream: true }) {
  return publicProcedure.input(contract.input)
}

function forAnyone<Input extends z.ZodObject, Output extends z.ZodType>(contract: Procedure<Input, Output>) {
  return publicProcedure
    .input(contract.input)
    .output(contract.output)
    .use(({ ctx: { allowance }, input, next }) => weighLines(contract, { allowance, input, run: () => next() }))
}

function forCallers<Input extends z.ZodObject, Output extends z.ZodType>(contract: Procedure<Input, Output>) {
  const { access, input, output } = contract
  const base = access === 'admin' ? adminProcedure : memberProcedure
  return base
    .input(input)
    .output(output)
    .use(({ ctx, input, next }) => {
      authorize(access, ctx, input)
      return weighLines(contract, { allowance: ctx.allowance, input, run: () => next() })
    })
}

/** Throws `FORBIDDEN` unless the caller may act for the member that the input names. */
function authorize(
  access: Access,
  { caller, services }: { caller: Caller; services: { allowSelfCharge: boolean } },
  input: unknown,
): void {
  if (access !== 'member' && access !== 'self-charge') return
  requireMember(caller, (input as { memberId: string }).memberId)
  if (access === 'self-charge' && caller.role !== 'admin' && !services.allowSelfCharge) throw forbidden()
}
