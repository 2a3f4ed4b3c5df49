import { startTestApi } from '@jumun/test-kit/api'
import { startEventPlatform } from '@jumun/test-kit/event-platform'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { until } from '@jumun/test-kit/until'
import { expect } from 'vitest'
import { type CollectedSpan, startCollector } from './collector.ts'

/** Starts an API that sends the spans of calls with a sampled `traceparent` to a collector, with a data platform that keeps what it receives. */
export async function startTracedApi() {
  const rejected = new Set<string>()
  const { url, received, stop } = await startEventPlatform((orderId) => (rejected.has(orderId) ? 'reject' : 'accept'))
  const collector = await startCollector()
  const database = await createTestDatabase()
  const api = await startTestApi(database.url, {
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      DATA_PLATFORM_URL: url,
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
      await stop()
    },
  }
}

/** The attributes of a span by name. */
export const attributesOf = ({ attributes }: CollectedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
