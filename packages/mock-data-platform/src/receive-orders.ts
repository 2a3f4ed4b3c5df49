import { MAX_BODY_BYTES, parseJson, readBody } from './body.ts'
import { type Faults, INJECTED, rejectsOrder } from './faults.ts'
import { problem } from './problem.ts'
import { envelopeSchema, issuesOf, type OrderEvent, orderEventSchema } from './schema.ts'
import type { SignatureCheck } from './signature.ts'
import type { PlatformStorage } from './storage.ts'

/**
 * `POST /v1/orders`: stores the events of a signed request and reports the outcome of each. A malformed event is rejected
 * alone; a malformed envelope fails the request.
 */
export async function receiveOrders(
  request: Request,
  { faults, isSigned, storage }: { faults: Faults; isSigned: SignatureCheck; storage: PlatformStorage },
): Promise<Response> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    return problem(415, 'The content type must be application/json.')
  const body = await readBody(request)
  if (body === undefined) return problem(413, `The body exceeds ${MAX_BODY_BYTES} bytes.`)
  if (!isSigned(request.headers, body)) {
    storage.countBadSignature()
    return problem(401, 'The signature is missing, wrong, or more than five minutes old or ahead.')
  }
  const envelope = envelopeSchema.safeParse(parseJson(body))
  if (!envelope.success) return problem(400, issuesOf(envelope.error))

  const { events, rejected } = checkEvents(envelope.data.events, faults)
  return Response.json({ ...storage.accept({ events, rejected: rejected.length }), rejected })
}

function checkEvents(candidates: { id: string }[], faults: Faults) {
  const events: OrderEvent[] = []
  const rejected: { id: string; reason: string }[] = []
  for (const candidate of candidates) {
    const { success, data, error } = orderEventSchema.safeParse(candidate)
    if (!success) rejected.push({ id: candidate.id, reason: issuesOf(error) })
    else if (rejectsOrder(faults, data.orderId)) rejected.push({ id: candidate.id, reason: INJECTED })
    else events.push(data)
  }
  return { events, rejected }
}
