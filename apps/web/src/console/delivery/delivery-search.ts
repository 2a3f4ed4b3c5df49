/** Which events are listed, as it stands in the URL. */
export interface DeliverySearch {
  /** Dead letters where it is absent. */
  state?: 'waiting'
  /** Only those that failed for this reason. */
  reason?: string
}

const REASON_MAX_LENGTH = 200

export function parseDeliverySearch(raw: Record<string, unknown>): DeliverySearch {
  const reason = raw['reason']
  return {
    ...(raw['state'] === 'waiting' && { state: 'waiting' as const }),
    // A reason that looks like a number comes as one.
    ...((typeof reason === 'string' || typeof reason === 'number') &&
      String(reason).length <= REASON_MAX_LENGTH && { reason: String(reason) }),
  }
}
