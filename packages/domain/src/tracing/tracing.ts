import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'

/** Undefined while tracing is off. The functions below then only check this. */
let tracer: Tracer | undefined

/** Sets the tracer of this process; undefined turns tracing off. Context manager and propagator must be set in the OpenTelemetry API. */
export function traceWith(given: Tracer | undefined): void {
  tracer = given
}

/** The active context, if its span is recorded; undefined otherwise, and while tracing is off. */
export function recordedContext(): Context | undefined {
  if (!tracer) return undefined
  const active = context.active()
  return trace.getSpan(active)?.isRecording() ? active : undefined
}

/** Runs work in a child span of the recorded span. Without a recorded span, it only runs the work. */
export function inSpan<Result>(name: string, options: SpanOptions, work: () => Promise<Result>): Promise<Result> {
  const parent = recordedContext()
  if (!tracer || !parent) return work()
  return runIn(tracer.startSpan(name, options, parent), parent, work)
}

/** Begins the span of a request, as a child of the span that its headers name. Undefined while tracing is off. */
export function startRequestSpan(
  name: string,
  attributes: Attributes,
  headers: Record<string, string | string[] | undefined>,
): { span: Span; run: <Result>(work: () => Result) => Result } | undefined {
  if (!tracer) return undefined
  const parent = propagation.extract(ROOT_CONTEXT, headers)
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
  const inside = trace.setSpan(parent, span)
  return { span, run: (work) => context.with(inside, work) }
}

/** Writes the code of an expected error into the active span. */
export function markSpan(code: string): void {
  if (tracer) trace.getActiveSpan()?.setAttribute('error.type', code)
}

/** The ids of the active span, for a log line. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const active = tracer && trace.getActiveSpan()?.spanContext()
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {}
}

/** Runs work without a parent span, such as a loop that a call has woken. */
export function outsideSpans<Result>(work: () => Result): Result {
  return tracer ? context.with(ROOT_CONTEXT, work) : work()
}

/** Binds a function to the context of its caller. */
export function keepingContext<Work extends () => unknown>(work: Work): Work {
  return tracer ? context.bind(context.active(), work) : work
}

/** The W3C `traceparent` of the recorded span. */
export function recordedTraceparent(): string | undefined {
  const recorded = recordedContext()
  return recorded && traceparentOf(recorded)
}

function traceparentOf(of: Context): string | undefined {
  const carrier: { traceparent?: string } = {}
  propagation.inject(of, carrier)
  return carrier.traceparent
}

/** An order's wait for its batch. */
export interface TracedWait {
  /** The context of the call. */
  caller: Context
  span: Span
}

/** Begins a span of a call's wait for its turn. */
export function startWait(): TracedWait | undefined {
  const caller = recordedContext()
  if (!tracer || !caller) return undefined
  return { caller, span: tracer.startSpan('order queue wait', {}, caller) }
}

/** Ends the span of a wait, unless it has ended before. */
export function endWait(wait: TracedWait | undefined): void {
  if (wait?.span.isRecording()) wait.span.end()
}

/**
 * Runs a batch in a span. The span and the recorded waits of its orders are linked to each other. It belongs to the trace of the first
 * recorded order, so that a batch with a sampled order is sampled too.
 */
export function inBatchSpan<Result>(waits: (TracedWait | undefined)[], work: () => Promise<Result>): Promise<Result> {
  if (!tracer) return work()
  const recorded = waits.filter((wait) => wait !== undefined)
  const [first] = recorded
  // The active context may be that of any call, because this turn of the event loop may have started with it.
  if (!first) return outsideSpans(work)
  const links = recorded.flatMap(({ caller }) => linkTo(caller))
  const span = tracer.startSpan(
    'order batch',
    { links, attributes: { 'jumun.batch.size': waits.length } },
    first.caller,
  )
  for (const wait of recorded) {
    if (wait.span.isRecording()) wait.span.addLink({ context: span.spanContext() })
    endWait(wait)
  }
  return runIn(span, first.caller, work)
}

/**
 * Sends events in a span that is linked to the trace of each event and belongs to the trace of the first one.
 *
 * @param send gets the headers that propagate the span
 */
export function inDeliverySpan<Result>(
  traceparents: (string | undefined)[],
  send: (headers: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  if (!tracer) return send({})
  const parents = traceparents.flatMap((traceparent) =>
    traceparent === undefined ? [] : [propagation.extract(ROOT_CONTEXT, { traceparent })],
  )
  const [first] = parents
  if (!first) return outsideSpans(() => send({}))
  const attributes = { 'messaging.batch.message_count': traceparents.length }
  const links = parents.flatMap(linkTo)
  const span = tracer.startSpan('deliver events', { kind: SpanKind.CLIENT, links, attributes }, first)
  return runIn(span, first, () => send({ traceparent: traceparentOf(context.active()) ?? '' }))
}

function linkTo(of: Context): Link[] {
  const linked = trace.getSpanContext(of)
  return linked ? [{ context: linked }] : []
}

async function runIn<Result>(span: Span, parent: Context, work: () => Promise<Result>): Promise<Result> {
  try {
    return await context.with(trace.setSpan(parent, span), work)
  } catch (error) {
    // The error's message is left out, because it may contain values.
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', errorType(error))
    throw error
  } finally {
    span.end()
  }
}

function errorType(error: unknown): string {
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code
  return error instanceof Error ? error.name : '_OTHER'
}
