import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { onTestFinished } from 'vitest'

interface Losses {
  /** How many replies of a call to lose, by the number of the call in the order of arrival, from 0. */
  lostReplies: (nthCall: number) => number
}

/**
 * Starts a proxy in front of the API and stops it after the test. It forwards every request and then loses some of the replies,
 * alternately half of a reply and all of it.
 */
export async function startLossyProxy(target: string, { lostReplies }: Losses) {
  const lossesLeft = new Map<string, number>()
  const counts = { replies: 0, lost: 0 }
  const url = await startHttpProxy({
    target,
    cleanUp: onTestFinished,
    fateOf({ path, body }) {
      // A repeated call has the same path and body, including its key.
      const call = `${path} ${body}`
      const losses = lossesLeft.get(call) ?? lostReplies(lossesLeft.size)
      lossesLeft.set(call, losses - 1)
      counts.replies++
      if (losses <= 0) return 'pass'
      return ++counts.lost % 2 === 0 ? 'lose' : 'cut'
    },
  })
  return Object.assign(counts, { url })
}
