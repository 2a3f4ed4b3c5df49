import { SingleBar } from 'cli-progress'
import { clock } from './format-duration.ts'

const BAR_WIDTH = 24
/** What stands beside the bar takes no more than this, as long as it counts less than a hundred million. */
const TEXT_WIDTH = 56
const DEFAULT_COLUMNS = 80
const REDRAWS_PER_SECOND = 5

/** Shows how far long work has come. */
export interface Progress {
  add(count: number): void
  /** Leaves what was shown, and the cursor on a line of its own. */
  stop(): void
}

/**
 * A bar with rate and time left. It shows on a terminal only.
 *
 * @param what is counted, such as `products`
 */
export function startProgress(total: number, what: string, stream: NodeJS.WritableStream = process.stderr): Progress {
  const startedAt = performance.now()
  const { columns = DEFAULT_COLUMNS } = stream as NodeJS.WriteStream
  let done = 0
  const bar = new SingleBar({
    stream,
    barsize: Math.max(1, Math.min(BAR_WIDTH, columns - TEXT_WIDTH)),
    fps: REDRAWS_PER_SECOND,
    linewrap: true,
    format: `[{bar}] {percentage}% {value}/{total} ${what}{pace}`,
  })
  bar.start(total, 0, { pace: '' })
  const left = (done: number) => Math.max(0, total - done)
  return {
    add(count) {
      done += count
      const perSecond = done / ((performance.now() - startedAt) / 1_000)
      // More may have come meanwhile than there were in the beginning.
      bar.setTotal(Math.max(total, done))
      if (done > 0) bar.update(done, { pace: `, ${Math.round(perSecond)}/s, ${clock(left(done) / perSecond)} left` })
    },
    stop: () => bar.stop(),
  }
}
