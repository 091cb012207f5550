import type { Logger } from '#libs/platform';
import { BusUnavailable } from '../errors.js';
import { AdminConnection } from './admin-connection.js';
import { kafkaClient, readCa } from './client.js';
import { defaultKafkaDelivery, type KafkaDelivery } from './delivery-options.js';
import type { KafkaSettings } from './settings.js';
import { startError } from './start-error.js';
import { ensureTopics, type TopicFound } from './topics.js';

export type { TopicFound } from './topics.js';

const limitMs = 20_000;

/**
 * Makes the topics that are missing, as a start does, and lists all of them.
 *
 * @throws KafkaStartError
 */
export const prepareTopics = async (
  settings: KafkaSettings,
  logger: Logger,
  delivery: KafkaDelivery = defaultKafkaDelivery,
): Promise<TopicFound[]> => {
  const ca = await readCa(settings);
  const admin = new AdminConnection(kafkaClient({ settings, ca, logger }, 'ask'));
  try {
    return await admin.ask((asked) => ensureTopics(asked, settings, delivery, logger), limitMs);
  } catch (error) {
    throw startError(settings, error instanceof BusUnavailable ? error.cause : error);
  } finally {
    await admin.close();
  }
};
