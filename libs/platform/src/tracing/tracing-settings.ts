import { z } from 'zod';
import * as fields from '../config/fields.js';
import { loadConfig } from '../config/load-config.js';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

export interface TracingSettings {
  exporter: 'otlp' | 'console';
  sampler: SamplerName;
  /** share of traces, for the samplers by trace id */
  ratio: number;
}

const endpoint = () =>
  z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ example: 'http://127.0.0.1:4318' });
/** The one that is spoken: OTLP over gRPC would be another exporter. */
const protocol = () => z.literal('http/protobuf').optional().meta({ example: 'http/protobuf' });

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables; the SDK reads the other ones itself. */
const schema = z.object({
  OTEL_SDK_DISABLED: fields.flag(false).describe('Whether tracing is off whatever else is set'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'console', 'none'])
    .optional()
    .meta({ example: 'otlp' })
    .describe('Where spans go; unset: to the endpoint, where one is set'),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint().describe('Collector; /v1/traces is appended'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint().describe('Where spans are posted to, as it stands'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol(),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .default('parentbased_always_on')
    .meta({ example: 'parentbased_traceidratio' })
    .describe('Which traces are recorded'),
  OTEL_TRACES_SAMPLER_ARG: fields.fraction(1).describe('Share of traces, for the samplers by trace id'),
});

/**
 * Whether and how to trace, by OpenTelemetry's own variables. Unlike there, tracing is off until an exporter or an
 * endpoint is named.
 *
 * @returns null for no tracing
 * @throws ConfigError naming every variable that does not fit
 */
export const readTracingSettings = (env?: Record<string, string | undefined>): TracingSettings | null => {
  const read = loadConfig(schema, env);
  const hasEndpoint = read.OTEL_EXPORTER_OTLP_ENDPOINT ?? read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const exporter = read.OTEL_TRACES_EXPORTER ?? (hasEndpoint ? 'otlp' : 'none');
  if (read.OTEL_SDK_DISABLED || exporter === 'none') return null;
  return { exporter, sampler: read.OTEL_TRACES_SAMPLER, ratio: read.OTEL_TRACES_SAMPLER_ARG };
};
