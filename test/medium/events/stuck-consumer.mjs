// A consumer process that takes one batch, says what is in it, and never answers. Argument: URL, topic, group, delivery.
import { createLogger, PostgresBus } from './compiled.mjs';

const [url, topic, group, delivery] = process.argv.slice(2);
const bus = await PostgresBus.open({
  connectionString: url,
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
