import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { noSpan, RecordingSpan, type RunningSpan, type SpanAttributes } from './running-span.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

/** Only while tracing is on: whoever asks first pays one check, and nothing else. */
let tracer: Tracer | undefined;

/** Turns tracing on, or off again with undefined. */
export const traceWith = (used: Tracer | undefined): void => {
  tracer = used;
};

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL };

/** Something from outside that is to be traced. */
export interface Arrival {
  /** W3C traceparent that came with it; without a valid one it begins a trace of its own */
  parent: unknown;
  kind: 'server' | 'consumer' | 'internal';
  attributes: SpanAttributes;
}

/**
 * Does work under a span of its own, which is the one under way meanwhile, and ends with it. An error is recorded and
 * thrown on. When tracing is off this is a call of `work`.
 */
export const traced = <Value>(
  name: string,
  arrival: Arrival,
  work: (span: RunningSpan) => Promise<Value>,
): Promise<Value> => {
  if (!tracer) return work(noSpan);
  const from = originOf(arrival);
  const { kind, attributes } = arrival;
  return within(from, tracer.startSpan(name, { kind: kinds[kind], attributes }, from), work);
};

/** A part of what is under way. Where no span is, there is nothing that it would be a part of: a plain call. */
export const tracedPart = <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
  if (!tracer) return work();
  const from = context.active();
  return trace.getSpan(from) ? within(from, tracer.startSpan(name, {}, from), work) : work();
};

/**
 * One piece of work on several arrivals: each gets a span in its own trace, all as long as the work. None of them is
 * the one under way.
 *
 * @param work gets the spans in the order of the arrivals
 */
export const tracedEach = async <Value>(
  name: string,
  arrivals: () => Arrival[],
  work: (spans: readonly RunningSpan[]) => Promise<Value>,
): Promise<Value> => {
  const used = tracer;
  if (!used) return work([]);
  const spans = arrivals().map((arrival) => {
    const { kind, attributes } = arrival;
    return new RecordingSpan(used.startSpan(name, { kind: kinds[kind], attributes }, originOf(arrival)));
  });
  try {
    return await work(spans);
  } catch (error) {
    for (const span of spans) span.fail(error);
    throw error;
  } finally {
    for (const { span } of spans) span.end();
  }
};

/** What to send along, so that work elsewhere belongs to this trace; undefined where no span is under way. */
export const currentTraceparent = (): string | undefined => {
  if (!tracer) return undefined;
  const current = trace.getSpanContext(context.active());
  return current && isSpanContextValid(current) ? formatTraceparent(current) : undefined;
};

const originOf = ({ parent }: Arrival): Context => {
  const remote = parseTraceparent(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
};

const within = async <Value>(
  from: Context,
  span: ReturnType<Tracer['startSpan']>,
  work: (span: RunningSpan) => Promise<Value>,
): Promise<Value> => {
  const running = new RecordingSpan(span);
  try {
    return await context.with(trace.setSpan(from, span), () => work(running));
  } catch (error) {
    running.fail(error);
    throw error;
  } finally {
    span.end();
  }
};
