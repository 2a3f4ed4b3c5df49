import { FAILURE_REASON_MAX_LENGTH } from '@jumun/contract/limits'
/** Which events are listed, as it stands in the URL. */
export interface DeliverySearch {
  /** Dead letters where it is absent. */
  state?: 'waiting'
  /** Only those that failed for this reason. */
  reason?: string
}

export function parseDeliverySearch(raw: Record<string, unknown>): DeliverySearch {
  const reason = raw['reason']
  return {
    ...(raw['state'] === 'waiting' && { state: 'waiting' as const }),
    // A reason that looks like a number comes as one.
    ...((typeof reason === 'string' || typeof reason === 'number') &&
      String(reason).length <= FAILURE_REASON_MAX_LENGTH && { reason: String(reason) }),
  }
}
