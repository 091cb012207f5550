// A stranger on the brokers: puts on a topic whatever it is told, a JSON line {id, topic, key, value, headers} each on
// stdin, and answers {id, ok} on stdout. Plain JavaScript in a process of its own: in the project's code only
// libs/events speaks to Kafka, and it would refuse to publish what this is for.
import { createInterface } from 'node:readline';
import kafkajs from 'kafkajs';

const [brokers] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  clientId: 'sluice-chaos-poison',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
  requestTimeout: 10_000,
  // One try: who asked knows what an unknown outcome means, and takes another id for the next one.
  retry: { retries: 0 },
});
const producer = kafka.producer({
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  allowAutoTopicCreation: false,
});

let isConnected = false;
for await (const line of createInterface({ input: process.stdin })) {
  const { id, topic, key, value, headers } = JSON.parse(line);
  let ok = true;
  try {
    if (!isConnected) await producer.connect();
    isConnected = true;
    await producer.send({ topic, messages: [{ key, value, headers }] });
  } catch {
    ok = false;
    isConnected = false;
    await producer.disconnect().catch(() => undefined);
  }
  process.stdout.write(`${JSON.stringify({ id, ok })}\n`);
}
process.exit(0);
