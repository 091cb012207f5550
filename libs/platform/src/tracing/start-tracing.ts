import type { Logger } from '../logging/logger.js';
import { readTracingSettings } from './tracing-settings.js';

/**
 * Traces this process, where the environment says so; docs/tracing.md tells how. Where it does not, nothing is loaded.
 *
 * @param service `gateway`: the name of the process in the traces is `sluice-gateway`, unless OTEL_SERVICE_NAME is set
 * @param env read for whether to trace; where the collector is and what it wants, the SDK reads from the process's own
 * @returns exports what is left, for the end of the process; never rejects
 * @throws ConfigError
 */
export const startTracing = async (
  service: string,
  logger: Logger,
  env?: Record<string, string | undefined>,
): Promise<() => Promise<void>> => {
  const settings = readTracingSettings(env);
  if (!settings) return () => Promise.resolve();
  const { openTracing } = await import('./sdk.js');
  const stop = openTracing(service, settings, logger);
  logger.info({ exporter: settings.exporter, sampler: settings.sampler }, 'tracing');
  return stop;
};
