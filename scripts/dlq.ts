import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { type ConsumerGroup, consumers, type Topic, topics } from '#libs/domain';
import {
  busFields,
  busSettings,
  type DeadLetter,
  type DeadLetterFilter,
  type EventBus,
  openBus,
} from '#libs/events';
import { createLogger, loadConfig } from '#libs/platform';
import { installationUrl } from './admin/with-database.js';

const usage = `npm run dlq -- list   [--topic T] [--group G] [--limit N]
npm run dlq -- show    ID
npm run dlq -- redrive ID… | --all [--topic T] [--group G]

Dead letters are events that a consumer group gave up: list says why, redrive delivers them to that group again.`;

const groups = Object.keys(consumers) as ConsumerGroup[];
const optionsSchema = z.object({
  topic: z.enum(Object.keys(topics) as [Topic, ...Topic[]]).optional(),
  group: z.enum(groups as [ConsumerGroup, ...ConsumerGroup[]]).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  all: z.boolean().default(false),
});
type Options = z.infer<typeof optionsSchema>;

/** Events put back in one go. */
const pageSize = 500;

/** npm run dlq -- list | show | redrive */
export const main = async (args: string[]): Promise<number> => {
  const [command, ids, options] = readCommand(args);
  if (!command) {
    console.error(usage);
    return 1;
  }
  const settings = busSettings(loadConfig(z.object(busFields)));
  const bus = await openBus(settings, {
    databaseUrl: settings.kafka ? '' : await installationUrl(),
    logger: createLogger('dlq', 'warn'),
  });
  try {
    return await command(bus, ids, options);
  } finally {
    await bus.close();
  }
};

type Command = (bus: EventBus, ids: string[], options: Options) => Promise<number>;

const list: Command = async (bus, _ids, { topic, group, limit }) => {
  const letters = await bus.deadLetters({ topic, group, limit });
  const table = new Table({ head: ['id', 'died', 'topic', 'group', 'tries', 'reason'], style: { head: [] } });
  for (const { id, diedAt, topic, group, attempts, reason } of letters)
    table.push([id, shownTime(diedAt), topic, group, attempts, shortened(reason)]);
  console.log(table.toString());
  console.log(
    letters.length === limit ? `The newest ${limit}; there may be more.` : `${letters.length} in all.`,
  );
  return 0;
};

const show: Command = async (bus, ids) => {
  const found = await Promise.all(ids.map((id) => bus.deadLetter(id)));
  const letters = found.filter((letter): letter is DeadLetter => letter !== undefined);
  for (const letter of letters) console.log(JSON.stringify(letter, null, 2));
  if (letters.length === ids.length) return 0;
  console.error('Not every id is one of a dead letter; redriven ones are no longer there.');
  return 1;
};

const redrive: Command = async (bus, ids, { all, topic, group }) => {
  const count = all ? await redriveAll(bus, { topic, group }) : await bus.redrive(ids);
  console.log(`${count} delivered again.`);
  return all || count === ids.length ? 0 : 1;
};

/** Only those that are dead now: what dies again meanwhile stays. */
const redriveAll = async (bus: EventBus, filter: DeadLetterFilter): Promise<number> => {
  const before = new Date();
  for (let count = 0; ;) {
    const letters = await bus.deadLetters({ ...filter, before, limit: pageSize });
    if (letters.length === 0) return count;
    count += await bus.redrive(letters.map(({ id }) => id));
  }
};

const commands: Record<string, { run: Command; needsIds: (options: Options) => boolean }> = {
  list: { run: list, needsIds: () => false },
  show: { run: show, needsIds: () => true },
  redrive: { run: redrive, needsIds: ({ all }) => !all },
};

const readCommand = (args: string[]): [Command | undefined, string[], Options] => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      topic: { type: 'string' },
      group: { type: 'string' },
      limit: { type: 'string' },
      all: { type: 'boolean' },
    },
  });
  const read = optionsSchema.safeParse(values);
  if (!read.success) throw new Error(`${z.prettifyError(read.error)}\n\n${usage}`);
  const options = read.data;
  const [name = '', ...ids] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const isComplete = command && (ids.length > 0 || !command.needsIds(options));
  return [isComplete ? command.run : undefined, ids, options];
};

const shownTime = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ');

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
