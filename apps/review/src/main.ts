import { createLogger, serve, startOrExplain, startTracing } from '#libs/platform';
import { createReview } from './create-review.js';
import { readReviewConfig } from './review-config.js';

startOrExplain(async () => {
  const config = readReviewConfig();
  const logger = createLogger('review', config.logLevel);
  const stopTracing = await startTracing('review', logger);
  await serve(await createReview(config, logger), config, stopTracing);
});
