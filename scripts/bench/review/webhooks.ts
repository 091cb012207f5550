import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, type BenchRow, figure } from '../report.js';
import { BenchedWebhooks } from './benched-webhooks.js';
import { FailingReceiver, type Taken } from './failing-receiver.js';

const eventsOfEach = 4;
const failedShare = 0.3;
const receiverMs = 2;
const limitMs = 600_000;
const restartEveryMs = 2_000;
const downMs = 300;
const killEveryMs = 5_000;
/** After each, the killed app's deliveries wait until their leases end, and the app takes seconds to start. */
const mostKills = 3;

/**
 * The outbox of webhooks: two review apps, a receiver that refuses 30 % and crashes every two seconds, and one of the
 * apps killed now and then; then what an endpoint that never answers costs another.
 */
export const webhookRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const benched = await BenchedWebhooks.prepare();
  try {
    await benched.startApp();
    await benched.startApp();
    return [...(await underFire(benched, isQuick ? 1_000 : 10_000)), ...(await besideOne(benched, isQuick))];
  } finally {
    await benched.stop();
  }
};

const underFire = async (benched: BenchedWebhooks, deliveries: number): Promise<BenchRow[]> => {
  const receiver = new FailingReceiver(failedShare, receiverMs);
  await receiver.listen();
  const endpointId = await benched.subscribe(receiver.url, 'content.verdict');
  const contentIds = Array.from({ length: deliveries / eventsOfEach }, () => randomUUID());
  const startedAt = performance.now();
  const trouble = new Trouble(benched, receiver);
  try {
    for (let at = 0; at < eventsOfEach; at++) await benched.queue('content.verdict', contentIds, at);
    await benched.untilDelivered(endpointId, limitMs);
  } finally {
    await trouble.end();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await receiver.crash();
  const name = `webhooks, ${deliveries} deliveries, ${failedShare * 100} % refused`;
  const distinct = new Set(receiver.taken.map(({ deliveryId }) => deliveryId)).size;
  return [
    atMost(`${name}: lost`, 'deliveries', deliveries - distinct, 0),
    atMost(`${name}: out of order`, 'contents', outOfOrder(receiver.taken, contentIds), 0),
    figure(`${name}: taken more than once`, 'deliveries', receiver.taken.length - distinct),
    atLeast(`${name}: crashes of the receiver`, 'times', trouble.crashes, 1),
    figure(`${name}: review apps killed`, 'times', trouble.kills),
    figure(`${name}: attempts that reached it`, 'requests', receiver.requests),
    figure(`${name}: delivered`, 'deliveries/s', deliveries / seconds),
  ];
};

/** Contents whose events were not first taken as 0, 1, 2, 3: a repetition of what was taken already changes nothing. */
const outOfOrder = (taken: Taken[], contentIds: string[]): number => {
  const firsts = new Map<string, Set<number>>(contentIds.map((id) => [id, new Set()]));
  for (const { contentId, at } of taken) firsts.get(contentId)!.add(at);
  const inOrder = Array.from({ length: eventsOfEach }, (_, at) => at).join();
  return [...firsts.values()].filter((order) => [...order].join() !== inOrder).length;
};

/** What goes wrong meanwhile, again and again. */
class Trouble {
  crashes = 0;
  kills = 0;
  private isOver = false;
  private readonly loops: Promise<unknown>;

  constructor(benched: BenchedWebhooks, receiver: FailingReceiver) {
    this.loops = Promise.all([this.crashing(receiver), this.killing(benched)]);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.loops;
  }

  private async crashing(receiver: FailingReceiver): Promise<void> {
    // the first one soon, so that a short run has one too
    for (await delay(300); !this.isOver; await delay(restartEveryMs)) {
      await receiver.crash();
      this.crashes++;
      await delay(downMs);
      await receiver.listen();
    }
  }

  private async killing(benched: BenchedWebhooks): Promise<void> {
    for (await delay(1_000); !this.isOver && this.kills < mostKills; await delay(killEveryMs))
      benched.killOne(this.kills++);
  }
}

/** Deliveries to a quick endpoint, alone and beside one that never answers; turn by turn. */
const besideOne = async (benched: BenchedWebhooks, isQuick: boolean): Promise<BenchRow[]> => {
  const deliveries = isQuick ? 200 : 1_000;
  const quick = new FailingReceiver(0, receiverMs);
  await quick.listen();
  const endpointId = await benched.subscribe(quick.url, 'case.opened');
  const turn = async (): Promise<number> => {
    const since = performance.now();
    await benched.queue(
      'case.opened',
      Array.from({ length: deliveries }, () => randomUUID()),
      0,
    );
    await benched.untilDelivered(endpointId, limitMs);
    return (deliveries / (performance.now() - since)) * 1000;
  };
  await turn();
  const alone = await turn();
  const hanging = new FailingReceiver(0, null);
  await hanging.listen();
  await benched.subscribe(hanging.url, 'case.opened');
  const beside = await turn();
  await Promise.all([quick.crash(), hanging.crash()]);
  return [
    figure('webhooks, a quick endpoint alone', 'deliveries/s', alone),
    figure('webhooks, the same beside one that never answers', 'deliveries/s', beside),
    atLeast('webhooks, beside one that never answers / alone', 'ratio', beside / alone, 0.5),
  ];
};
