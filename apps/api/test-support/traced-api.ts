import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTestApi } from '@jumun/test-kit/api'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { until } from '@jumun/test-kit/until'
import { expect } from 'vitest'
import { type CollectedSpan, startCollector } from './collector.ts'

/** A request to the data platform. */
interface ReceivedRequest {
  traceparent: string | undefined
  body: string
  events: { id: string; type: string; orderId: string }[]
}

/** Starts an API that sends the spans of calls with a sampled `traceparent` to a collector, with a data platform that keeps what it receives. */
export async function startTracedApi() {
  const received: ReceivedRequest[] = []
  const rejected = new Set<string>()
  const platform = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { events } = JSON.parse(body) as Pick<ReceivedRequest, 'events'>
    received.push({ traceparent: request.headers['traceparent'] as string | undefined, body, events })
    const verdicts = Map.groupBy(events, ({ orderId }) => rejected.has(orderId))
    const accepted = (verdicts.get(false) ?? []).map(({ id }) => id)
    const refused = (verdicts.get(true) ?? []).map(({ id }) => ({ id, reason: 'Not now' }))
    response.end(JSON.stringify({ accepted, duplicates: [], rejected: refused }))
  })
  platform.listen(0, '127.0.0.1')
  await once(platform, 'listening')
  const collector = await startCollector()
  const database = await createTestDatabase()
  const api = await startTestApi(database.url, {
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      DATA_PLATFORM_URL: `http://127.0.0.1:${(platform.address() as AddressInfo).port}`,
    },
  })
  return {
    api,
    collector,
    received,
    /** The orders whose events the data platform rejects. */
    rejected,
    /** Waits until the data platform has got so many events and none is left. */
    async untilDelivered(events: number) {
      const { outbox } = api.client('root', 'admin')
      await until(() => expect(received.flatMap((request) => request.events)).toHaveLength(events))
      await until(async () => expect((await outbox.list.query({ state: 'waiting' })).items).toEqual([]))
    },
    /** Calls the REST API. */
    async send(method: string, path: string, memberId: string, body: object, headers: Record<string, string> = {}) {
      const authorization = `Bearer ${await api.token(memberId)}`
      return fetch(`${api.url}/api${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    },
    /** Removes what is left when the API has stopped. */
    async remove() {
      await database.drop()
      await collector.stop()
      platform.close()
    },
  }
}

/** The attributes of a span by name. */
export const attributesOf = ({ attributes }: CollectedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
