import type { Cluster } from '../cluster/cluster.ts'
import type { Shoppers } from '../load/shoppers.ts'
import type { Scenario } from './scenarios.ts'

const TIMEOUT_MS = 240_000

/**
 * Runs a scenario while people shop. Returns a line of figures, what does not hold, and what took longer than its goal: the time limit of
 * the SDK is one of those.
 */
export async function runScenario(
  { name, longestGapSeconds, unnoticed = false, run }: Scenario,
  cluster: Cluster,
  shoppers: Shoppers,
): Promise<{ figures: string; broken: string[]; late: string[] }> {
  shoppers.mark()
  const failure = await withinTime(run(cluster, shoppers))
  const times = [...shoppers.acknowledged, performance.now()]
  const gap = Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0))) / 1_000
  const { sdkErrors, plainErrors, plainOrders, slowestMs } = shoppers
  const figures =
    `${gap.toFixed(1)} s without an order, slowest call ${(slowestMs / 1_000).toFixed(1)} s, ${times.length - 2} orders, ` +
    `${sdkErrors.length} errors in the SDK; without retries ${plainOrders} orders, ${plainErrors.length} errors`
  const late: string[] = []
  if (gap > longestGapSeconds) late.push(`no order for ${gap.toFixed(1)} s, and ${longestGapSeconds} is the goal`)
  if (sdkErrors.length > 0) late.push(`${sdkErrors.length} errors in the SDK, such as ${sdkErrors[0]}`)
  if (unnoticed && plainErrors.length > 0)
    late.push(`clients without retries saw ${plainErrors.length} errors, such as ${plainErrors[0]}`)
  const named = (lines: string[]) => lines.map((line) => `${name}: ${line}`)
  return { figures: `${name}: ${figures}`, broken: named(failure === undefined ? [] : [failure]), late: named(late) }
}

async function withinTime(work: Promise<void>): Promise<string | undefined> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, TIMEOUT_MS, 'it did not end in time').unref())
  const ended = work.then(
    () => undefined,
    (error: Error) => error.message,
  )
  return Promise.race([ended, late])
}
