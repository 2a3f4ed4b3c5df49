import { reportWork } from '../../bulk/report-work.ts'
import { stopOnInterrupt } from '../../bulk/stop-on-interrupt.ts'
import { connect, ensureServerAnswers, type GlobalOptions } from '../../connect.ts'
import { openRowFile } from '../../input-files/open-row-file.ts'
import type { BulkOptions, FileOptions } from '../../options/bulk-options.ts'
import { confirm } from '../../terminal/confirm.ts'
import { startProgress } from '../../terminal/progress.ts'
import { type Charged, chargeMembers } from './charge-members.ts'
import { CHARGE_COLUMNS, chargeRow } from './charge-row.ts'

/** The time limit of one charge with all of its retries. */
const TIMEOUT_MS = 30_000

export type ChargeFileOptions = GlobalOptions & BulkOptions & FileOptions & { file: string; keyPrefix: string }

/** Charges points to the members in a file. */
export async function chargeFile(options: ChargeFileOptions): Promise<void> {
  const { file, onError, keyPrefix } = options
  const jumun = await connect(options, { timeoutMs: TIMEOUT_MS })
  if (!options.dryRun) await ensureServerAnswers(options)
  let amount = 0
  const check = (row: unknown, line: number, fileHash: string) => {
    const charge = chargeRow(row, { fileHash, line }, keyPrefix)
    // The hash is empty in the first pass over the file, which checks it: only that pass adds up the amount.
    if (typeof charge !== 'string' && fileHash === '') amount += charge.amount
    return charge
  }
  const { total, skipped, rows } = await openRowFile({ file, columns: CHARGE_COLUMNS, check, onError, what: 'charges' })
  if (options.dryRun) {
    const result = { dryRun: true, charges: total, amount, skipped }
    const text = `${total} charges of ${amount} points in total would be made. ${skipped} rows are bad.\n`
    return reportWork({ result, toText: () => text, isComplete: true, leftOut: leftOut(skipped, 0) }, options)
  }
  await confirm(`Charge ${amount} points in ${total} charges?`, options)
  const progress = startProgress(total, 'charges')
  using interrupt = stopOnInterrupt(progress)
  const result = await chargeMembers({ jumun, rows, onError, interrupt, onDone: progress.add })
  progress.stop()
  report(result, { total, skipped }, options)
}

function report(result: Charged, { total, skipped }: { total: number; skipped: number }, options: ChargeFileOptions) {
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
