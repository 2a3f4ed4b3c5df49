import { type Audit, type AuditedInvariant, isJumunError, type JumunClient } from '@jumun/client'
import type { Command } from 'commander'
import { connect, ensureServerAnswers, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, EXIT_INTERRUPTED, EXIT_REFUSED } from '../../failure.ts'
import { formatDuration } from '../../terminal/format-duration.ts'
import { listenForInterrupt } from '../../terminal/interrupt.ts'
import { escapeControls, printResult } from '../../terminal/output.ts'
import { showStatusLine } from '../../terminal/status-line.ts'
import { renderTable } from '../../terminal/table.ts'

/** Long enough for three attempts, each as long as the server lets an audit take. */
const TIMEOUT_MS = 600_000

const help = `
Checks every invariant in one snapshot of the database, while the shop is open. Exits with 1 if one is broken.

Example:
  jumun audit`

/** Adds `jumun audit`. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('check that no point and no item was lost')
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await ensureServerAnswers(options)
      const jumun = await connect(options, { timeoutMs: TIMEOUT_MS, waitForServer: true })
      const audit = await runAudit(jumun)
      printResult(audit, options, report)
      if (!audit.holds) throw new CommandFailure(verdict(audit), EXIT_REFUSED)
    })
}

/** Runs an audit and shows the elapsed time; the API reports no progress. */
async function runAudit(jumun: JumunClient): Promise<Audit> {
  using _status = showStatusLine((seconds) => `Checking every invariant, ${formatDuration(seconds)}`)
  using interrupt = listenForInterrupt()
  try {
    return await jumun.admin.audit.query({}, { signal: interrupt.stop })
  } catch (error) {
    if (!isJumunError(error, 'ABORTED')) throw error
    throw new CommandFailure('Stopped: the audit had not finished.', EXIT_INTERRUPTED)
  }
}

function report({ invariants }: Audit): string {
  const columns = { INVARIANT: 'name', CHECKED: 'checked', BROKEN: 'broken', RULE: 'rule' } as const
  const table = renderTable(invariants, columns, { cut: ['RULE'] })
  const broken = invariants.filter((invariant) => invariant.broken > 0)
  return broken.length === 0 ? table : `${table}\n${broken.flatMap(brokenRows).join('')}`
}

/** Prints one id a line, for tools such as grep and cut. */
function brokenRows({ name, broken, ids }: AuditedInvariant): string[] {
  const rest = broken - ids.length
  const lines = ids.map((id) => `${escapeControls(`${name}: ${id}`)}\n`)
  return rest > 0 ? [...lines, `${escapeControls(name)}: and ${rest} more\n`] : lines
}

function verdict({ invariants, at }: Audit): string {
  const names = invariants.filter(({ broken }) => broken > 0).map(({ name }) => name)
  return `${names.length} of ${invariants.length} invariants were broken at ${at}: ${names.join(', ')}.`
}
