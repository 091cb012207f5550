import type { Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '#libs/platform';
import type { DeadLetter, DeadLetterFilter } from '../../dead-letter.js';
import type { AdminConnection } from '../admin-connection.js';
import type { Farewells } from '../farewells.js';
import type { DeadLetters, MessageSender } from '../subscription/ports.js';
import type { AllNames } from '../topic-names.js';
import { letterOf, toDeadLetter } from './letter.js';
import { type Entry, LetterLog } from './letter-log.js';
import { Redrive } from './redrive.js';

interface DeadLetterParts {
  /** for producing */
  asking: Kafka;
  /** for consuming */
  kafka: Kafka;
  admin: AdminConnection;
  sender: MessageSender;
  farewells: Farewells;
  names: AllNames;
  logger: Logger;
}

/** All groups' dead letters, on a topic with one partition: they are few, and read by people. */
export class KafkaDeadLetters implements DeadLetters {
  private readonly log: LetterLog;
  private redriving: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: DeadLetterParts) {
    const { kafka, admin, farewells, names } = parts;
    this.log = new LetterLog(kafka, admin, farewells, names.deadLetters);
  }

  async bury(message: KafkaMessage, letter: Parameters<DeadLetters['bury']>[1]): Promise<void> {
    const { sender, names } = this.parts;
    await sender.send([{ topic: names.deadLetters, messages: [letterOf(message, letter)] }]);
  }

  async list({ topic, group, before, limit = 100 }: DeadLetterFilter): Promise<DeadLetter[]> {
    const fits = (entry: Entry): boolean =>
      (!topic || entry.topic === topic) &&
      (!group || entry.group === group) &&
      (!before || entry.diedAt < before.getTime());
    const found = await this.log.messages((entries) =>
      [...entries.values()].filter(fits).sort(newestFirst).slice(0, limit),
    );
    return found.map(({ entry, message }) => toDeadLetter(entry, message));
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    const [found] = await this.log.messages((entries) => {
      const entry = entries.get(id);
      return entry ? [entry] : [];
    });
    return found && toDeadLetter(found.entry, found.message);
  }

  /** One after the other in this process, since they would only fence each other. */
  redrive(ids: string[]): Promise<number> {
    const { asking, farewells, names, logger } = this.parts;
    const mine = this.redriving.then(async () => {
      const known = await this.log.look((entries) => ids.filter((id) => entries.has(id)));
      if (known.length === 0) return 0;
      return new Redrive({ asking, log: this.log, farewells, names, logger }).run(known);
    });
    this.redriving = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    await this.redriving;
    this.log.close();
  }
}

const newestFirst = (a: Entry, b: Entry): number => b.diedAt - a.diedAt || (a.offset < b.offset ? 1 : -1);
