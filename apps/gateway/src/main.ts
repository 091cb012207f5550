import { createLogger, serve, startOrExplain, startTracing } from '#libs/platform';
import { createGateway } from './create-gateway.js';
import { readGatewayConfig } from './gateway-config.js';

startOrExplain(async () => {
  const config = readGatewayConfig();
  const logger = createLogger('gateway', config.logLevel);
  const stopTracing = await startTracing('gateway', logger);
  await serve(await createGateway(config, logger), config, stopTracing);
});
