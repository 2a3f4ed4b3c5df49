import { type Audit, type AuditedInvariant, isJumunError, type JumunClient } from '@jumun/client'
import type { Command } from 'commander'
import { connect, expectServer, type GlobalOptions } from '../../connect.ts'
import { CommandFailure, EXIT_INTERRUPTED, EXIT_REFUSED } from '../../failure.ts'
import { clock } from '../../terminal/format-duration.ts'
import { listenForInterrupt } from '../../terminal/interrupt.ts'
import { printResult } from '../../terminal/output.ts'
import { showWaiting } from '../../terminal/status-line.ts'
import { type Columns, renderTable } from '../../terminal/table.ts'

/** Three attempts fit in, each longer than an audit may take. */
const TIMEOUT_MS = 600_000

const details = `
Every invariant is checked in one snapshot, while the shop is open. Exits with 1 if one is broken.

Example:
  jumun audit`

/** `jumun audit` */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('prove that no point and no item was lost')
    .addHelpText('after', details)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await expectServer(options)
      const jumun = await connect(options, { timeoutMs: TIMEOUT_MS })
      const audit = await waitFor(jumun)
      printResult(audit, options, report)
      if (!audit.holds) throw new CommandFailure(verdict(audit), EXIT_REFUSED)
    })
}

/** Waits for an audit. How far it has come nobody knows, but that it goes on can be seen. */
async function waitFor(jumun: JumunClient): Promise<Audit> {
  using _waiting = showWaiting((seconds) => `Checking every invariant, ${clock(seconds)}`)
  using interrupt = listenForInterrupt(() => {})
  try {
    return await jumun.admin.audit.query({}, { signal: interrupt.stop })
  } catch (error) {
    if (!isJumunError(error, 'ABORTED')) throw error
    throw new CommandFailure('Stopped: the audit had not ended.', EXIT_INTERRUPTED)
  }
}

function report({ invariants }: Audit): string {
  const columns: Columns<AuditedInvariant> = {
    INVARIANT: ({ name }) => name,
    CHECKED: ({ checked }) => checked,
    BROKEN: ({ broken }) => broken,
    RULE: ({ rule }) => rule,
  }
  const table = renderTable(invariants, columns, { cut: ['RULE'] })
  const broken = invariants.filter((invariant) => invariant.broken > 0)
  return broken.length === 0 ? table : `${table}\n${broken.flatMap(brokenRows).join('')}`
}

/** One id a line, so that it can be searched and cut. */
function brokenRows({ name, broken, ids }: AuditedInvariant): string[] {
  const rest = broken - ids.length
  const lines = ids.map((id) => `${name}: ${id}\n`)
  return rest > 0 ? [...lines, `${name}: and ${rest} more\n`] : lines
}

function verdict({ invariants, at }: Audit): string {
  const names = invariants.filter(({ broken }) => broken > 0).map(({ name }) => name)
  return `${names.length} of ${invariants.length} invariants were broken at ${at}: ${names.join(', ')}.`
}
