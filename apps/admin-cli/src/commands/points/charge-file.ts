import { isJumunError, type JumunClient } from '@jumun/client'
import { reportWork } from '../../bulk/report-work.ts'
import { runBulk } from '../../bulk/run-bulk.ts'
import { connect, ensureServerAnswers, type GlobalOptions } from '../../connect.ts'
import { describe, isOutcomeUnknown } from '../../failure.ts'
import { openRowFile, type RowFile } from '../../input-files/open-row-file.ts'
import type { BulkOptions, FileOptions, OnError } from '../../options/bulk-options.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printMessage } from '../../terminal/output.ts'
import { CHARGE_COLUMNS, type Charge, chargeRow } from './charge-row.ts'

/** The time limit of one charge with all of its retries. */
const TIMEOUT_MS = 30_000

/** The client sends the calls of one batch in one HTTP request, which takes at most 50 calls. */
const CALLS_PER_REQUEST = 50
const REQUESTS_IN_FLIGHT = 2

export type ChargeFileOptions = GlobalOptions & BulkOptions & FileOptions & { file: string; keyPrefix: string }

/** Charges points to the members in a file. */
export async function chargeFile(options: ChargeFileOptions): Promise<void> {
  const { file, onError, keyPrefix } = options
  const jumun = await connect(options, { timeoutMs: TIMEOUT_MS, waitForServer: true })
  if (!options.dryRun) await ensureServerAnswers(options)
  let amount = 0
  const check = (row: unknown, line: number, fileHash: string) => {
    const charge = chargeRow(row, `file-${fileHash}-${line}`, keyPrefix)
    // The hash is empty in the first pass over the file, which checks it: only that pass adds up the amount.
    if (typeof charge !== 'string' && fileHash === '') amount += charge.amount
    return charge
  }
  const opened = await openRowFile({ file, columns: CHARGE_COLUMNS, check, onError, what: 'charges' })
  const { total, skipped } = opened
  if (options.dryRun) {
    const result = { dryRun: true, charges: total, amount, skipped }
    const text = `${total} charges of ${amount} points in total would be made. ${skipped} rows are bad.\n`
    return reportWork({ result, toText: () => text, isComplete: true, leftOut: leftOut(skipped, 0) }, options)
  }
  await confirm(`Charge ${amount} points in ${total} charges?`, options)
  report(await chargeMembers(jumun, opened, onError), opened, options)
}

/** Charges members until all are charged, a call fails, or Ctrl-C is pressed; with `skip`, a refused charge is no failure. */
async function chargeMembers(jumun: JumunClient, { rows, total }: RowFile<Charge>, onError: OnError) {
  const result = { charged: 0, amount: 0, refused: 0 }
  const work = { rows, total, what: 'charges', maxItems: CALLS_PER_REQUEST, inFlight: REQUESTS_IN_FLIGHT }
  const end = await runBulk(work, async (batch, call) => {
    const charges = batch.map(async ({ item, place }) => {
      try {
        await call(1, (options) => jumun.point.charge.mutate(item, options))
        result.charged++
        result.amount += item.amount
      } catch (error) {
        if (!isOutcomeUnknown(error)) result.refused++
        if (!isRefusedAlone(error)) throw error
        printMessage(`${place} is refused: ${describe(error)}`)
        if (onError === 'stop') throw error
      }
    })
    for (const outcome of await Promise.allSettled(charges)) if (outcome.status === 'rejected') throw outcome.reason
  })
  return { ...result, ...end }
}

/** Whether the refusal concerns this charge only; `FORBIDDEN`, for one, concerns all of them. */
function isRefusedAlone(error: unknown): boolean {
  return isJumunError(error, 'POINT_LIMIT_EXCEEDED', 'IDEMPOTENCY_KEY_REUSED', 'BAD_REQUEST')
}

type Charged = Awaited<ReturnType<typeof chargeMembers>>

function report(result: Charged, { total, skipped }: RowFile<Charge>, options: ChargeFileOptions): void {
  const { charged, amount, refused, uncertain, failure } = result
  reportWork(
    {
      result: { charged, amount, skipped, refused, uncertain },
      toText: () => `Made ${charged} charges of ${amount} points in total.\n`,
      isComplete: charged + refused === total && uncertain === 0,
      leftOut: leftOut(skipped, refused),
      error: failure?.error,
      soFar: `${charged} of ${total} charges were made, of ${amount} points in total.`,
      uncertain,
      next: 'To continue, run it again within 24 hours with the same file: nothing is charged twice.',
    },
    options,
  )
}

function leftOut(skipped: number, refused: number): string | undefined {
  if (skipped + refused === 0) return undefined
  return `${skipped} bad rows were left out, and ${refused} charges were refused. Charge them from a separate file: the same file with a change counts as another file, and all of it would be charged again.`
}
