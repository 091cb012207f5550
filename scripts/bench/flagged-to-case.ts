import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '#libs/platform';
import { GatewayClient } from '../client/sluice-client.js';
import { ModeratorClient } from '../client/moderator-client.js';
import { Progress } from '../start/progress.js';
import { runSystem } from '../start/run-system.js';
import { withNewBytes } from './load/pictures.js';
import { freePort } from './peers.js';
import { atMost, type BenchRow, figure, percentile } from './report.js';

const rounds = 40;
const pollMs = 5;
const patienceMs = 10_000;

/** Pictures that a listing sends to the deep tier, and that the deep tier sends to a person. */
const goodsPhotos = (): Buffer[] => {
  const folder = join(projectRoot, '..', 'shared', 'data', 'goods');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
};

/**
 * Idle system, one upload at a time: from the start of the request to the case in the queue, ready to be claimed. The
 * whole system runs as `npm start` runs it: all three apps and Postgres on this machine.
 *
 * @param brokers of Kafka, for the bus; on Postgres without
 */
export const caseRows = async (brokers?: string): Promise<BenchRow[]> => {
  const pictures = goodsPhotos();
  if (pictures.length === 0) return [];
  await mkdir(join(projectRoot, '.data', 'bench'), { recursive: true });
  const dataDir = await mkdtemp(join(projectRoot, '.data', 'bench', 'system-'));
  const latencies: number[] = [];
  const ports = await Promise.all(
    (['gateway', 'worker', 'review'] as const).map(async (app) => ({
      app,
      variable: `${app.toUpperCase()}_PORT`,
      port: await freePort(),
    })),
  );
  const settings = {
    host: '127.0.0.1',
    ports,
    dataDir,
    databaseUrl: undefined,
    jsonFile: undefined,
    verbose: false,
  };
  const before = process.env.KAFKA_BROKERS;
  // the apps get it from the environment that they are started in
  if (brokers !== undefined) process.env.KAFKA_BROKERS = brokers;
  try {
    const status = await runSystem(settings, new Progress(), async ({ urls, access }) => {
      const gateway = new GatewayClient(urls.gateway, access.apiKey);
      const moderator = await ModeratorClient.signIn(urls.review, access.logins[0]!);
      for (let round = 0; round < rounds; round++) {
        const bytes = withNewBytes(pictures[round % pictures.length]!);
        const took = await untilCase(gateway, moderator, bytes);
        if (took !== undefined) latencies.push(took);
      }
    });
    if (status !== 0) throw new Error('the system did not run');
  } finally {
    if (before === undefined) delete process.env.KAFKA_BROKERS;
    else process.env.KAFKA_BROKERS = before;
    await rm(dataDir, { recursive: true, force: true });
  }
  const name = `flagged upload to case, idle${brokers === undefined ? '' : ', on Kafka'}`;
  return [
    figure(`${name}: uploads that became a case`, 'cases', latencies.length),
    atMost(`${name}: median`, 'ms', percentile(latencies, 0.5), 1000),
    figure(`${name}: p95`, 'ms', percentile(latencies, 0.95)),
  ];
};

/** Undefined when the deep tier settled it without a person. */
const untilCase = async (
  gateway: GatewayClient,
  moderator: ModeratorClient,
  bytes: Buffer,
): Promise<number | undefined> => {
  const since = performance.now();
  const { id } = await gateway.moderate({ bytes, surface: 'listing' });
  while (performance.now() - since < patienceMs) {
    const claimed = await moderator.claim();
    if (claimed) {
      const took = performance.now() - since;
      if (claimed.case.content.id !== id) throw new Error('another case was in the queue');
      // Allowed, so that the near copies of the next rounds are looked at again
      await moderator.decide(claimed, { verdict: 'allow', reason: 'not_a_violation' });
      return took;
    }
    const record = await gateway.content(id);
    if (record?.final) return undefined;
    await delay(pollMs);
  }
  throw new Error('the upload became no case');
};
