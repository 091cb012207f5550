import { jest } from '@jest/globals';
import { ConfigError } from '../config/load-config.js';
import { createLogger } from '../logging/logger.js';

const openTracing = jest.fn((): (() => Promise<void>) => () => Promise.resolve());
let loads = 0;
jest.unstable_mockModule('./sdk.js', () => {
  loads += 1;
  return { openTracing };
});
const { startTracing } = await import('./start-tracing.js');

const logger = createLogger('test', 'silent');
const start = (env: Record<string, string | undefined>) => startTracing('gateway', logger, env);
const endpoint = 'http://127.0.0.1:4318';

describe('startTracing', () => {
  // First: a module is loaded once.
  it.each([
    {},
    { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { OTEL_SERVICE_NAME: 'mine', OTEL_TRACES_SAMPLER: 'always_on' },
  ])('loads no SDK where nothing is to be exported: %j', async (env) => {
    await (
      await start(env)
    )();
    expect(loads).toBe(0);
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'console'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'otlp'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 'otlp'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/v1/traces` }, 'otlp'],
  ])('exports for %j', async (env, exporter) => {
    await start(env);
    expect(openTracing).toHaveBeenLastCalledWith(
      'gateway',
      { exporter, sampler: 'parentbased_always_on', ratio: 1 },
      logger,
    );
  });

  it.each([
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ])('refuses %s=%s, by its name', async (name, value) => {
    const refusal = await start({ [name]: value }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as ConfigError).problems.map((problem) => problem.name)).toEqual([name]);
  });
});
