import { createLogger, serve, startOrExplain } from '#libs/platform';
import { createReview } from './create-review.js';
import { readReviewConfig } from './review-config.js';

startOrExplain(async () => {
  const config = readReviewConfig();
  const logger = createLogger('review', config.logLevel);
  await serve(await createReview(config, logger), config);
});
