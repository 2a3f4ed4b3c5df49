import type { Market } from '../workload/fixture.ts'
import type { Journal } from '../workload/history.ts'

/** Has the shop audit itself; each invariant that is broken is a complaint. Throws when there is no answer. */
export async function audit({ admin, traffic }: Market, journal: Journal): Promise<void> {
  const { at, invariants } = await admin.admin.audit.query({})
  traffic.audits++
  for (const { name, broken, ids } of invariants) {
    if (broken > 0) journal.complain(`The audit of ${at} found ${name} broken ${broken} times: ${ids.slice(0, 5)}`)
  }
}
