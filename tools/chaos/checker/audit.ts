import type { Fixture } from '../workload/fixture.ts'
import type { History } from '../workload/history.ts'

/** Calls the shop's own audit and records each broken invariant as a violation. Throws if the call fails. */
export async function audit({ admin, traffic }: Fixture, history: History): Promise<void> {
  const { at, invariants } = await admin.admin.audit.query({})
  traffic.audits++
  for (const { name, broken, ids } of invariants) {
    if (broken > 0) {
      history.recordViolation(`The audit of ${at} found ${name} broken ${broken} times: ${ids.slice(0, 5)}`)
    }
  }
}
