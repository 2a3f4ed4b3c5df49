import { type CallOutcome, fingerprintOf, type KeyedCall, makeCall } from '../workload/calls.ts'
import type { Market } from '../workload/fixture.ts'
import type { Journal } from '../workload/history.ts'

const SETTLE_ATTEMPTS = 3

/** As many go in two requests, one to each process. */
const WAVE = 100

/** Makes every call again that nobody knows the end of. What then has no answer either stays open. */
export async function settleOpenCalls(market: Market, journal: Journal): Promise<number> {
  const open = journal.open.splice(0)
  for (const call of open) {
    let outcome: CallOutcome = { state: 'unknown' }
    for (let attempt = 1; attempt <= SETTLE_ATTEMPTS && outcome.state === 'unknown'; attempt++) {
      outcome = await makeCall(market.client(call.memberId), call)
    }
    journal.note(call, outcome)
  }
  return open.length
}

/**
 * Makes acknowledged calls again, as many as there is time for, in no order: each must get the answer that it got first.
 *
 * @returns how many were made
 */
export async function askAgain(market: Market, journal: Journal, timeoutMs: number): Promise<number> {
  const deadline = performance.now() + timeoutMs
  const rows = journal.db
    .prepare(`select member_id, key, kind, input, answer from calls where state = 'acknowledged' order by random()`)
    .iterate()
  let asked = 0
  const askWave = async (wave: Record<string, unknown>[]) => {
    await Promise.all(wave.map((row) => askOnce(market, journal, row)))
    asked += wave.length
  }
  let wave: Record<string, unknown>[] = []
  for (const row of rows) {
    wave.push(row)
    if (wave.length < WAVE) continue
    await askWave(wave)
    wave = []
    if (performance.now() > deadline) return asked
  }
  await askWave(wave)
  return asked
}

async function askOnce(market: Market, journal: Journal, row: Record<string, unknown>): Promise<void> {
  const { member_id: memberId, key, kind, input, answer } = row
  const call = { memberId, key, kind, input: JSON.parse(String(input)) } as KeyedCall
  const outcome = await makeCall(market.admin, call)
  if (outcome.state === 'acknowledged' && fingerprintOf(outcome.answer) === answer) return
  journal.complain(`${kind} with key ${key} of ${memberId}, asked again: ${JSON.stringify(outcome)}, not ${answer}`)
}
