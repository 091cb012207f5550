import { context, diag, DiagLogLevel } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type Sampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../logging/logger.js';
import { traceWith } from './traced.js';
import type { SamplerName, TracingSettings } from './tracing-settings.js';

/** Longest wait at the end for a collector to take the last spans, in milliseconds: shutdown itself has 20 s. */
const flushLimitMs = 3_000;

/** Loaded only where tracing is on: with the exporter it takes memory and time at start. */
export const openTracing = (
  service: string,
  settings: TracingSettings,
  logger: Logger,
  processor: SpanProcessor = new BatchSpanProcessor({ exporter: exporterOf(settings) }),
): (() => Promise<void>) => {
  const trouble = (message: string): void => logger.warn({ trouble: plain(message) }, 'tracing');
  const quiet = (): void => undefined;
  diag.setLogger(
    { error: trouble, warn: trouble, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new TracerProvider({
    resource: resourceOf(service),
    sampler: samplerOf(settings),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  traceWith(provider.getTracer('sluice'));
  return async () => {
    traceWith(undefined);
    await flushed(provider, logger);
    context.disable();
    diag.disable();
  };
};

/** What the collector does not take in time is lost; the rest of the shutdown does not suffer from it. */
const flushed = async (provider: TracerProvider, logger: Logger): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${flushLimitMs} ms`)), flushLimitMs);
  });
  try {
    await Promise.race([provider.shutdown(), limit]);
  } catch (error) {
    logger.warn({ err: error }, 'the last spans were not exported');
  } finally {
    clearTimeout(timer);
  }
};

const exporterOf = ({ exporter }: TracingSettings) =>
  exporter === 'console' ? new ConsoleSpanExporter() : new OTLPTraceExporter();

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word. */
const resourceOf = (service: string) =>
  defaultResource()
    .merge(resourceFromAttributes({ 'service.name': `sluice-${service}` }))
    .merge(detectResources({ detectors: [envDetector] }));

const samplerOf = ({ sampler, ratio }: TracingSettings): Sampler => {
  const make: Record<SamplerName, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
    parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
    parentbased_traceidratio: () => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
  };
  return make[sampler]();
};

/** The SDK writes an error as JSON with its stack; its message is enough. */
const plain = (message: string): string => {
  try {
    const { message: inner } = JSON.parse(message) as { message?: unknown };
    return typeof inner === 'string' ? inner : message;
  } catch {
    return message;
  }
};
