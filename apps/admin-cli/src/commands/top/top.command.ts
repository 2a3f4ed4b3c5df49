import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { connect, findServer, type GlobalOptions } from '../../connect.ts'
import { durationOption } from '../../options/value-parsers.ts'
import { listenForInterrupt } from '../../terminal/interrupt.ts'
import { printJson, printResult } from '../../terminal/output.ts'
import { type RunAudit, watchAudit } from './audit-watch.ts'
import { frameReader } from './read-frame.ts'
import { renderFrame } from './render-frame.ts'
import { showFrames } from './show-frames.ts'

const AUDIT_TIMEOUT_MS = 180_000
const PIPE_COLUMNS = 80

const help = `
Examples:
  jumun top
  jumun top --once
  jumun top --json --interval 10s >> shop.jsonl

Ctrl-C ends it. Without a terminal it prints one frame; with --json it prints each frame as a line of JSON.
Rates and latencies are those of the API process that answers; events and popular products are those of the shop.`

interface TopOptions extends GlobalOptions {
  interval: number
  once?: boolean
  audit: boolean
  auditInterval: number
}

/** Adds `jumun top`. */
export function addTopCommand(program: Command): void {
  program
    .command('top')
    .description('watch the shop: orders, latency, events, popular products, invariants')
    .addOption(durationOption('--interval <time>', 'time between two frames', '2s'))
    .option('--once', 'print one frame and exit')
    .addOption(durationOption('--audit-interval <time>', 'pause between two audits, which read the whole shop', '60s'))
    .option('--no-audit', 'do not check the invariants')
    .addHelpText('after', help)
    .action(async (_options: object, command: Command) => top(command.optsWithGlobals<TopOptions>()))
}

async function top(options: TopOptions): Promise<void> {
  const { address } = await findServer(options)
  const jumun = await connect(options, { reportRetries: false })
  using interrupt = listenForInterrupt()
  const signal = interrupt.stop
  using audit = watchAudit(await auditOf(options), options.auditInterval)
  const readFrame = frameReader({ jumun, address, audit, signal })
  const pause = () => sleep(options.interval * 1_000, undefined, { signal })
  try {
    // Rates need two frames, so the first one has none.
    const first = await readFrame()
    if (options.json && !options.once) {
      for (;;) {
        await pause()
        printJson(await readFrame())
      }
    }
    if (options.once || !process.stdout.isTTY) {
      await Promise.all([pause(), audit.first])
      const frame = await readFrame()
      const width = process.stdout.columns ?? PIPE_COLUMNS
      printResult(frame, options, () => renderFrame({ frame, address, width }).flatMap((line) => [line, '\n']))
    } else await showFrames({ first, readFrame, pause, address, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** An audit reads the whole shop, hence the longer time limit. */
async function auditOf(options: TopOptions): Promise<RunAudit | undefined> {
  if (!options.audit) return undefined
  const jumun = await connect(options, { timeoutMs: AUDIT_TIMEOUT_MS, reportRetries: false })
  return (signal) => jumun.admin.audit.query({}, { signal })
}
