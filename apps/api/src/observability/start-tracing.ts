import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessIdentity, traceWith } from '@jumun/domain'
import { context, DiagLogLevel, diag, propagation } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Logger } from 'pino'
import type { Settings } from '../settings.ts'
import { samplerOf } from './sampler.ts'

/** The time limit of a request to the collector, and how long stopping waits for the last spans. */
const EXPORT_TIMEOUT_MS = 1_500
/** The most links of a span: a request to the data platform has one for each of its events. */
const LINKS_MAX = 500

/**
 * Sends spans to the collector at `OTEL_EXPORTER_OTLP_ENDPOINT`. This module is loaded only if that is set.
 *
 * @returns sends the last spans and ends tracing
 */
export function startTracing(endpoint: string, settings: Settings, { process, log }: Options): () => Promise<void> {
  const url = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS })
  const own = { 'service.name': 'jumun', 'service.version': process.version, 'service.instance.id': process.id }
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector]
  const provider = new TracerProvider({
    resource: resourceFromAttributes(own).merge(detectResources({ detectors })),
    sampler: samplerOf(settings),
    spanLimits: { linkCountLimit: LINKS_MAX },
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  })
  const report = () => log.warn('Spans could not be sent to the collector.')
  const quiet = () => {}
  diag.setLogger({ error: report, warn: quiet, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.ERROR)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  traceWith(provider.getTracer('jumun', process.version))
  return async () => {
    traceWith(undefined)
    await Promise.race([provider.shutdown().catch(quiet), sleep(EXPORT_TIMEOUT_MS, undefined, { ref: false })])
    context.disable()
    propagation.disable()
    diag.disable()
  }
}

interface Options {
  process: ProcessIdentity
  log: Logger
}
