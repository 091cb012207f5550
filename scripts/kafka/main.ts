import path from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { z } from 'zod';
import { projectRoot } from '#libs/platform';
import { KafkaBroker } from '../services/kafka-broker.js';
import { ServiceError } from '../services/service-error.js';

const usage = 'npm run kafka [-- --port 9092 --folder .data/kafka]';
const portSchema = z.coerce.number().int().min(0).max(65_535);

/** Runs a broker in the foreground, with data that stay, until it is told to stop. Returns the exit code. */
export const main = async (args: string[]): Promise<number> => {
  const stopRequest = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  try {
    const options = readOptions(args);
    const broker = await KafkaBroker.start({ ...options, say: console.log });
    console.log(announcement(broker, options.folder));
    const ended = await Promise.race([stopRequest, broker.ended()]);
    if (ended !== undefined) {
      throw new ServiceError(`Kafka ${ended} by itself. Its log, ${shown(broker.logFile)}, may say why.`);
    }
    console.log('Stopping');
    await broker.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    console.error(`${pc.red('Kafka does not run.')} ${error.message}`);
    return 1;
  }
};

const readOptions = (args: string[]): { port: number; folder: string } => {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '9092' },
        folder: { type: 'string', default: path.join(projectRoot, '.data', 'kafka') },
      },
    });
    return { port: portSchema.parse(values.port), folder: path.resolve(values.folder) };
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? '--port is no port number (0 to 65535)' : (error as Error).message;
    throw new ServiceError(`${reason}\nUsage: ${usage}`);
  }
};

const announcement = (broker: KafkaBroker, folder: string): string =>
  [
    `Kafka runs on ${broker.brokers}; its data are in ${shown(folder)}. Ctrl-C stops it. In another terminal:`,
    '',
    `  ${pc.bold(`KAFKA_BROKERS=${broker.brokers} npm start`)}`,
    '',
  ].join('\n');

/** As the user would write it, from where they are. */
const shown = (file: string): string => {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
};
