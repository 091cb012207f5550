import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Category, Content, EventOn } from '#libs/domain';
import { PostgresBus } from '#libs/events';
import { createLogger } from '#libs/platform';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { aFastJudgement, aFlaggedEvent } from '../../builders/event.builder.js';
import { Recorder } from '../../contracts/recorder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { aPackOf, SmallWorkerFolder } from './small-worker.js';

const logger = createLogger('worker-test', 'silent');
const green = { r: 0, g: 255, b: 0 };
const grey = { r: 120, g: 120, b: 120 };

describe('A worker with a specialist', () => {
  let database: TestDatabase;
  let folder: SmallWorkerFolder;
  let bus: PostgresBus;
  let worker: NestFastifyApplication;
  const review = new Recorder<'content.rescored'>();

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await SmallWorkerFolder.make();
    const route = [{ category: 'colour/green', atLeast: 0.5 }];
    await folder.put('blues', aPackOf('blue').with({ route }));
    bus = await PostgresBus.open({ connectionString: database.url, logger });
    const config = folder.config(database.url, { MODEL_CONCURRENCY: 'blues:1,general:1' });
    worker = await createWorker(config, logger);
    await worker.init();
    await worker.startAllMicroservices();
    await bus.subscribe('content.rescored', 'review', review.handler);
  });
  afterAll(async () => {
    await worker.close();
    await bus.close();
    await database.drop();
    await folder.remove();
  });

  const lookersAt = async (
    content: Content,
    asks: Category[],
    categories: EventOn<'content.flagged'>['data']['fast']['categories'] = {},
  ): Promise<string[]> => {
    const fast = aFastJudgement({ verdict: 'allow', categories, reasons: [] });
    await bus.publish('content.flagged', [aFlaggedEvent({ content, fast, asks })]);
    const found = await eventually(() => {
      const [first] = review.deliveries.filter(({ event }) => event.subject === content.id);
      expect(first).toBeDefined();
      return first!;
    });
    const last = found.event.data.judgements.at(-1)!;
    return last.tier === 'deep' ? last.models.map(({ name }) => name) : [];
  };

  it('shows it what the general model scores high enough, and nothing else', async () => {
    expect(await lookersAt(await folder.picture(green), ['colour/green'])).toEqual(['general', 'blues']);
    expect(await lookersAt(await folder.picture(grey), ['colour/green'])).toEqual(['general']);
  });

  it('has the general look first when only the specialist knows what is asked', async () => {
    expect(await lookersAt(await folder.picture(green), ['colour/blue'])).toEqual(['general', 'blues']);
    expect(await lookersAt(await folder.picture(grey), ['colour/blue'])).toEqual(['general']);
  });

  it('shows it what the fast tier scored high enough', async () => {
    const called = { 'colour/green': { score: 0.5, verdict: 'allow' as const } };
    expect(await lookersAt(await folder.picture(grey), ['colour/blue'], called)).toEqual(['blues']);
  });
});
