// A consumer process that dies whenever one event is in its batch, and says what it was given: one line of JSON for each
// batch, of [event id, attempt]. Arguments: settings, delivery, id of the deadly event. It can only load what was built.
import { writeSync } from 'node:fs';
import { KafkaBus } from '../../dist/libs/events/src/kafka/kafka-bus.js';
import { createLogger } from '../../dist/libs/platform/src/index.js';

const [settings, delivery, deadly] = process.argv.slice(2);
const bus = await KafkaBus.open({
  settings: JSON.parse(settings),
  logger: createLogger('crashing-consumer', 'silent'),
  delivery: JSON.parse(delivery),
});
await bus.subscribe(
  'content.flagged',
  'worker',
  (batch) => {
    writeSync(1, `${JSON.stringify(batch.map(({ event, attempt }) => [event.id, attempt]))}\n`);
    if (batch.some(({ event }) => event.id === deadly)) process.kill(process.pid, 'SIGKILL');
    return Promise.resolve(batch.map(() => ({ kind: 'done' })));
  },
  { batchSize: 4 },
);
