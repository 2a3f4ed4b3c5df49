import type { Pulse } from '@jumun/client'
import { PULSE_MAX_SAMPLES } from '@jumun/contract/limits'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { jumun } from '../../shared/jumun.ts'

const QUERY_KEY = ['now', 'pulse']
const POLL_MS = 1_000

/** The figures of one process, asked for each second, but not while the tab is hidden. */
export function usePulse() {
  const queries = useQueryClient()
  return useQuery({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) => {
      const known = queries.getQueryData<Pulse>(QUERY_KEY)
      const after = known?.samples.at(-1)?.at
      const pulse = await jumun.admin.pulse.query(after === undefined ? {} : { after }, { signal })
      if (known && pulse.process.id === known.process.id) return appendSamples(known, pulse)
      // Another process answers, with figures of its own.
      return after === undefined ? pulse : jumun.admin.pulse.query({}, { signal })
    },
    refetchInterval: POLL_MS,
    staleTime: 0,
    structuralSharing: false,
  })
}

/** The samples so far and those that followed. */
function appendSamples(known: Pulse, next: Pulse): Pulse {
  const last = known.samples.at(-1)?.at ?? ''
  const added = next.samples.filter(({ at }) => at > last)
  return { process: next.process, samples: [...known.samples, ...added].slice(-PULSE_MAX_SAMPLES) }
}
