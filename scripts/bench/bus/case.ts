import { KafkaBroker } from '../../services/kafka-broker.js';
import { caseRows } from '../flagged-to-case.js';
import type { BenchRow } from '../report.js';

/** From an upload to its case, with the bus on a Kafka of this machine. */
export const kafkaCaseRows = async (): Promise<BenchRow[]> => {
  const broker = await KafkaBroker.start();
  try {
    return await caseRows(broker.brokers);
  } finally {
    await broker.remove();
  }
};
