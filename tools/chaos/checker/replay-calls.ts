import { type Random, randomOf } from '../random.ts'
import { type CallOutcome, fingerprintOf, type KeyedCall, makeCall } from '../workload/calls.ts'
import type { Fixture } from '../workload/fixture.ts'
import type { History } from '../workload/history.ts'
import { respell } from '../workload/spelling.ts'

const RESOLVE_ATTEMPTS = 3

/** The client sends this many calls in two requests. */
const WAVE = 100

/** A prime above the number of calls of any run. */
const PRIME = 2_147_483_647

/** Repeats every call whose outcome is unknown. A call that still gets no answer stays unknown. Returns how many there were. */
export async function resolveUnknownCalls(fixture: Fixture, history: History): Promise<number> {
  const calls = history.unknown.splice(0)
  for (const call of calls) {
    let outcome: CallOutcome = { state: 'unknown' }
    for (let attempt = 1; attempt <= RESOLVE_ATTEMPTS && outcome.state === 'unknown'; attempt++) {
      outcome = await makeCall(fixture.client(call.memberId), call)
    }
    history.record(call, outcome)
  }
  return calls.length
}

/**
 * Repeats acknowledged calls in random order until the timeout, with ids in other spellings. Each must get its first answer again.
 *
 * @returns how many calls were repeated
 */
export async function replayCalls(fixture: Fixture, history: History, options: { seed: number; timeoutMs: number }) {
  const deadline = performance.now() + options.timeoutMs
  const random = randomOf(options.seed, 'spellings')
  let replayed = 0
  for (const wave of wavesOf(history, randomOf(options.seed, 'replay'))) {
    await Promise.all(wave.map((row) => replayCall({ fixture, history, random }, row)))
    replayed += wave.length
    if (performance.now() > deadline) break
  }
  return replayed
}

function* wavesOf({ db }: History, random: Random): Generator<Record<string, unknown>[]> {
  // Multiplication modulo a prime shuffles the rows as the seed says; random() of SQLite has no seed.
  const rows = db
    .prepare(
      `select member_id, key, kind, input, answer from calls where state = 'acknowledged' order by rowid * ? % ${PRIME}`,
    )
    .iterate(BigInt(random.int(1, PRIME - 1)))
  let wave: Record<string, unknown>[] = []
  for (const row of rows) {
    wave.push(row)
    if (wave.length < WAVE) continue
    yield wave
    wave = []
  }
  if (wave.length > 0) yield wave
}

async function replayCall(
  { fixture, history, random }: { fixture: Fixture; history: History; random: Random },
  row: Record<string, unknown>,
): Promise<void> {
  const { member_id: memberId, key, kind, input, answer } = row
  const call = { memberId, key, kind, input: JSON.parse(String(input)) } as KeyedCall
  if (call.kind === 'pay') call.input.orderId = respell(random, call.input.orderId.toLowerCase())
  const outcome = await makeCall(fixture.admin, call)
  if (outcome.state === 'acknowledged' && fingerprintOf(outcome.answer) === answer) return
  history.recordViolation(
    `${kind} with key ${key} of ${memberId}, repeated: ${JSON.stringify(outcome)} instead of ${answer}`,
  )
}
