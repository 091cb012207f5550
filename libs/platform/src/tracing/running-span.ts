import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { Problem } from '../errors/problem.js';
import { serializeError } from '../logging/serialize-error.js';

/** All that a span may tell: nothing a caller wrote (a reference), no secret, nothing of the picture. */
export type SpanAttributes = Partial<
  Record<
    | 'http.request.method'
    | 'http.route'
    | 'messaging.destination.name'
    | 'cloudevents.event_type'
    | 'sluice.content.id'
    | 'sluice.surface'
    | 'sluice.verdict'
    | 'sluice.tier'
    | 'sluice.outcome',
    string
  > & { 'sluice.case.opened': boolean }
>;

/** A span that its work may add to. */
export interface RunningSpan {
  set(attributes: SpanAttributes): void;
  fail(error: unknown): void;
}

const firstServerFault = 500;

export class RecordingSpan implements RunningSpan {
  constructor(readonly span: Span) {}

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  /** A refusal is an answer and no fault: its code is told, and the span is not marked as failed. */
  fail(error: unknown): void {
    if (error instanceof Problem) this.span.setAttribute('error.type', error.code);
    if (error instanceof Problem && error.status < firstServerFault) return;
    const { type, message, code, stack } = serializeError(error);
    this.span.recordException({ name: type, message, ...(code && { code }), ...(stack && { stack }) });
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
}

/** Where nothing is traced. */
export const noSpan: RunningSpan = { set: () => undefined, fail: () => undefined };
