import { diag, DiagLogLevel, SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Logger } from '@temporalio/worker';
import { VERSION } from '../../core/base/version.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { Span, Spans } from './span.ts';

// Loaded only where traces are asked for.

const SCOPE = { name: 'oidc-registrar', version: VERSION };

/** A worker that ends waits for the collector no longer. */
export const LAST_WORDS_MS = 5_000;

/** Sends spans by OTLP, as OpenTelemetry's variables say. A collector that does not answer is a warning, and the spans are lost. */
export function openSpans(logger: Logger): Spans {
  const warn = (...words: readonly unknown[]): void => logger.warn(`OpenTelemetry: ${words.map(String).join(' ')}`);
  const nothing = (): void => undefined;
  const telling = { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(telling, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': SCOPE.name, 'service.version': SCOPE.version }))
    .merge(detectResources({ detectors: [envDetector] }));
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
  return {
    add: (span) => processor.onEnd({ ...readable(span), resource }),
    end: async () => withTimeout(processor.shutdown(), LAST_WORDS_MS).catch(warn),
  };
}

function readable(span: Span): Omit<ReadableSpan, 'resource'> {
  const { name, traceId, parentId, began, ended, attributes, failed } = span;
  const contextOf = (spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => contextOf(span.spanId),
    ...(parentId === undefined ? {} : { parentSpanContext: contextOf(parentId) }),
    startTime: timeOf(began),
    endTime: timeOf(ended),
    duration: timeOf(ended - began),
    ended: true,
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    links: [],
    events: [],
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): HrTime {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
}
