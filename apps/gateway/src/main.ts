import { createLogger, serve, startOrExplain } from '#libs/platform';
import { createGateway } from './create-gateway.js';
import { readGatewayConfig } from './gateway-config.js';

startOrExplain(async () => {
  const config = readGatewayConfig();
  const logger = createLogger('gateway', config.logLevel);
  await serve(await createGateway(config, logger), config);
});
