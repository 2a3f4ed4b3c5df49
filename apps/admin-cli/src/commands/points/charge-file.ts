import { isJumunError } from '@jumun/client'
import { stopOnInterrupt } from '../../bulk/stop-on-interrupt.ts'
import { connect, expectServer, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, describe, EXIT_INTERRUPTED, EXIT_REFUSED, explain } from '../../failure.ts'
import { openRowFile } from '../../input-files/open-row-file.ts'
import { type BulkOptions, type FileOptions, pathOf } from '../../options/bulk-options.ts'
import { confirm } from '../../terminal/confirm.ts'
import { printResult } from '../../terminal/output.ts'
import { startProgress } from '../../terminal/progress.ts'
import { type Charged, chargeMembers } from './charge-members.ts'
import { CHARGE_COLUMNS, chargeRow } from './charge-row.ts'

/** The client tries again for so long before a charge counts as lost. */
const TIMEOUT_MS = 30_000

export type ChargeFileOptions = GlobalOptions & BulkOptions & FileOptions & { file: string; keyPrefix: string }

/** Charges the members in a file. */
export async function chargeFile(options: ChargeFileOptions): Promise<void> {
  const { file, onError, keyPrefix } = options
  const jumun = await connect(options, { timeoutMs: TIMEOUT_MS })
  if (!options.dryRun) await expectServer(options)
  let amount = 0
  const check = (row: unknown, line: number, fileHash: string) => {
    const charge = chargeRow(row, { fileHash, line }, keyPrefix)
    // The hash is there when the whole file has been read: then the sum is too.
    if (typeof charge !== 'string' && fileHash === '') amount += charge.amount
    return charge
  }
  const { total, skipped, rows } = await openRowFile({
    path: pathOf(file),
    columns: CHARGE_COLUMNS,
    check,
    onError,
    what: 'charges',
  })
  if (options.dryRun) {
    const sentence = `${total} charges of ${amount} points together would be made. ${skipped} rows are bad.\n`
    printResult({ dryRun: true, charges: total, amount, skipped }, options, () => sentence)
    if (skipped > 0) throw notAll({ skipped, refused: 0 })
    return
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
  const isOver = charged + refused === total && uncertain === 0
  if (isOver || options.json) {
    const sentence = `Made ${charged} charges of ${amount} points together.\n`
    printResult({ charged, amount, skipped, refused, uncertain }, options, () => sentence)
  }
  if (isOver && skipped + refused === 0) return
  if (isOver) throw notAll({ skipped, refused })
  const lost = uncertain === 0 ? '' : ` ${uncertain} more may have been: their answer was lost.`
  const soFar = `${charged} of ${total} charges were made, of ${amount} points together.${lost} Run it again within 24 hours, with the same file, to go on: nothing is charged twice.`
  if (!failure || isJumunError(failure.error, 'ABORTED'))
    throw new CommandFailure(`Stopped: ${soFar}`, EXIT_INTERRUPTED)
  const { error } = failure
  const reason = isJumunError(error) ? describe(error) : error instanceof Error ? error.message : String(error)
  throw new CommandFailure(`${reason} ${soFar}`, explain(error).exitCode)
}

function notAll({ skipped, refused }: { skipped: number; refused: number }): CommandFailure {
  return new CommandFailure(
    `${skipped} bad rows were left out, and ${refused} charges were refused. Charge them from a file of their own: the same file with a change is another file, and would be charged again.`,
    EXIT_REFUSED,
  )
}
