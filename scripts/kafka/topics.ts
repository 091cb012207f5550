import Table from 'cli-table3';
import { z } from 'zod';
import { busFields, busSettings, prepareTopics } from '#libs/events';
import { createLogger, loadConfig } from '#libs/platform';

const usage = `KAFKA_BROKERS=host:port npm run kafka:topics

Makes the topics that are missing, with KAFKA_PARTITIONS, KAFKA_REPLICATION and KAFKA_RETENTION_HOURS, and lists all of
them. Those that stand already are left as they are. The apps do the same when they start.`;

/** npm run kafka:topics */
export const main = async (args: string[]): Promise<number> => {
  if (args.length > 0) {
    console.error(usage);
    return 1;
  }
  const { kafka } = busSettings(loadConfig(z.object(busFields)));
  if (!kafka) {
    console.error(`KAFKA_BROKERS is not set.\n\n${usage}`);
    return 1;
  }
  const found = await prepareTopics(kafka, createLogger('kafka-topics', 'error'));
  const table = new Table({ head: ['topic', 'partitions', 'asked for', 'copies'], style: { head: [] } });
  const byName = found.toSorted((a, b) => a.name.localeCompare(b.name));
  for (const { name, partitions, wanted, replication } of byName)
    table.push([name, partitions, wanted, replication]);
  console.log(table.toString());
  const tooFew = found.filter(({ partitions, wanted }) => partitions < wanted);
  if (tooFew.length > 0)
    console.log(
      `${tooFew.length} with fewer partitions than asked for; kafka-topics.sh --alter --partitions adds some.`,
    );
  return 0;
};
