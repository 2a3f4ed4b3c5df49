import type { TRPCClient } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import type { JumunInputs, JumunOutputs } from '../../src/index.ts'
import { asTRPCClient, type JumunRouter } from '../../src/trpc.ts'

// Code of users who use tRPC's own tools. A failure is a compile error.

test('asTRPCClient returns a tRPC client', () => {
  expectTypeOf(asTRPCClient).returns.toEqualTypeOf<TRPCClient<JumunRouter>>()
})

test('the router has the inputs and outputs of the client', () => {
  expectTypeOf<inferRouterInputs<JumunRouter>>().toEqualTypeOf<JumunInputs>()
  expectTypeOf<inferRouterOutputs<JumunRouter>>().toEqualTypeOf<JumunOutputs>()
})
