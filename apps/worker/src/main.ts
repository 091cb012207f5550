import { createLogger, serve, startOrExplain } from '#libs/platform';
import { createWorker } from './create-worker.js';
import { readWorkerConfig } from './worker-config.js';

startOrExplain(async () => {
  const config = readWorkerConfig();
  const logger = createLogger('worker', config.logLevel);
  await serve(await createWorker(config, logger), config);
});
