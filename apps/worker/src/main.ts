import { createLogger, serve, startOrExplain, startTracing } from '#libs/platform';
import { createWorker } from './create-worker.js';
import { readWorkerConfig } from './worker-config.js';

startOrExplain(async () => {
  const config = readWorkerConfig();
  const logger = createLogger('worker', config.logLevel);
  const stopTracing = await startTracing('worker', logger);
  await serve(await createWorker(config, logger), config, stopTracing);
});
