// A consumer process that takes one batch, says what is in it, and never answers. Arguments: settings, topic, group,
// delivery. Processes of their own cannot load TypeScript: it takes what the build made.
import { KafkaBus } from '../../dist/libs/events/src/kafka/kafka-bus.js';
import { createLogger } from '../../dist/libs/platform/src/index.js';

const [settings, topic, group, delivery] = process.argv.slice(2);
const bus = await KafkaBus.open({
  settings: JSON.parse(settings),
  logger: createLogger('stuck-consumer', 'silent'),
  delivery: JSON.parse(delivery),
});
await bus.subscribe(
  topic,
  group,
  (batch) => {
    process.stdout.write(batch.map(({ event }) => `${event.id}\n`).join(''));
    return new Promise(() => {});
  },
  { batchSize: 8 },
);
