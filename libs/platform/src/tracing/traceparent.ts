import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** Version, trace id, parent id, flags; versions after 00 may append fields: https://www.w3.org/TR/trace-context-2/ */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Version 00 has nothing after its flags, and ff is forbidden. @returns undefined for what is no traceparent */
export const parseTraceparent = (header: unknown): SpanContext | undefined => {
  if (typeof header !== 'string') return undefined;
  const [, version, traceId, spanId, flags, more] = pattern.exec(header) ?? [];
  if (!traceId || !spanId || !flags || version === 'ff' || (version === '00' && more !== undefined))
    return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const parsed = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
};

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
