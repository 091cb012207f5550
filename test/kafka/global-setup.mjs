import { KafkaBroker } from '../../dist/scripts/services/kafka-broker.js';
import setUpPostgres from '../medium/global-setup.mjs';

/** The medium suites' Postgres, and one broker for all: KAFKA_BROKERS's where it is set, else one of our own. */
export default async function setUp() {
  const broker = process.env.KAFKA_BROKERS ? undefined : KafkaBroker.start({ say: console.log });
  await Promise.all([setUpPostgres(), broker]);
  const own = await broker;
  process.env.SLUICE_TEST_KAFKA = own ? own.brokers : process.env.KAFKA_BROKERS;
  globalThis.sluiceTestKafka = () => own?.remove();
}
