import { rm } from 'node:fs/promises';
import path from 'node:path';
import { FaultRecorder } from './faults/fault-log.js';
import { Faults } from './faults/faults.js';
import { scheduleFaults } from './faults/schedule.js';
import { Journal, readJournal } from './load/journal.js';
import { repeatAll, uploadAll } from './load/load.js';
import { Uploader } from './load/uploader.js';
import type { ChaosOptions } from './options.js';
import { type PoisonBook, Poisoner } from './poison/poisoner.js';
import { KafkaStranger, PostgresStranger } from './poison/stranger.js';
import { untilQuiet } from './quiet.js';
import { badBlobs } from './reconcile/blobs.js';
import { clientView } from './reconcile/client-view.js';
import { checkLetters } from './reconcile/dead-letters.js';
import { ledgerView } from './reconcile/ledger-view.js';
import { reconcile, type Reconciliation } from './reconcile/reconcile.js';
import type { FaultLog } from './faults/fault-log.js';
import { makeFolder, startWorld, type World } from './world/world.js';

const uploadsPerPoison = 100;
/** Retries wait up to 200 s, and a dead consumer's events half a minute. */
const restLimitMs = 420_000;
const repeatAttempts = 100;
const mostLetters = 100_000;

export interface RunResult extends Reconciliation {
  seed: number;
  faults: FaultLog;
  /** seconds */
  times: { name: string; value: number }[];
  /** where logs and journals are; they go when every check holds */
  folder: string;
}

/**
 * One seed from start to end. Whatever happens, nothing is left running.
 * @throws what the suite itself cannot go on after; the folder stays then
 */
export const runSeed = async (
  seed: number,
  options: ChaosOptions,
  signal: AbortSignal,
): Promise<RunResult> => {
  const startedAt = Date.now();
  const say = (line: string): void =>
    console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
  const place = await makeFolder(seed);
  say(`seed ${seed}: ${options.uploads} uploads; logs in ${place.folder}`);
  const world = await startWorld(place, options, say);
  try {
    const result = await breakAndCount(seed, world, options, { say, signal, startedAt });
    return { ...result, folder: place.folder };
  } finally {
    await world.stop();
    // What the servers held goes; what was said stays until somebody has decided that it is not needed.
    await Promise.all(
      ['postgres', 'models', 'blobs', 's3', 'postgres.json'].map((name) =>
        rm(path.join(place.folder, name), { recursive: true, force: true }),
      ),
    );
  }
};

interface Means {
  say: (line: string) => void;
  signal: AbortSignal;
  startedAt: number;
}

const breakAndCount = async (
  seed: number,
  world: World,
  options: ChaosOptions,
  { say, signal, startedAt }: Means,
): Promise<Omit<RunResult, 'folder'>> => {
  const journalFile = path.join(world.folder, 'client.jsonl');
  const recorder = new FaultRecorder(path.join(world.folder, 'faults.jsonl'));
  const loadedAt = Date.now();
  const poison = await underFire(seed, world, options, { journalFile, recorder, say, signal });
  const restFrom = Date.now();
  say('the last upload has its answer, and nothing is broken any more: waiting until all is quiet');
  const bus = await world.openBus();
  try {
    const restSeconds = await untilQuiet(world, bus, { limitMs: restLimitMs, signal });
    say(`quiet after ${restSeconds.toFixed(0)} s: counting`);
    const [contents, letters] = [
      await ledgerView(world.database),
      await bus.deadLetters({ limit: mostLetters }),
    ];
    const uploads = clientView(await readJournal(journalFile));
    const uploaded = new Set(uploads.map(({ begun }) => begun.reference));
    const store = await world.openBlobs();
    const mine = contents.filter(({ reference }) => uploaded.has(reference ?? ''));
    const bad = await badBlobs(store, mine).finally(() => store.close());
    return {
      seed,
      faults: recorder.log,
      ...reconcile({
        uploads,
        contents,
        badBlobs: bad,
        letters: checkLetters(letters, poison),
        poison,
        faults: recorder.log,
        bus: options.bus,
        onlyRestarts: options.faults === 'rolling',
      }),
      times: [
        { name: 'start', value: (loadedAt - startedAt) / 1000 },
        { name: 'uploads and faults', value: (restFrom - loadedAt) / 1000 },
        { name: 'until quiet', value: restSeconds },
        { name: 'counting', value: (Date.now() - restFrom) / 1000 - restSeconds },
      ],
    };
  } finally {
    await bus.close();
  }
};

/** All uploads, faults and poison; at the end everybody who gave up comes back. @returns what poison was put on the bus */
const underFire = async (
  seed: number,
  world: World,
  options: ChaosOptions,
  {
    journalFile,
    recorder,
    say,
    signal,
  }: { journalFile: string; recorder: FaultRecorder; say: Means['say']; signal: AbortSignal },
): Promise<PoisonBook> => {
  const { uploads, concurrency } = options;
  const journal = new Journal(journalFile);
  const uploader = new Uploader(world.fleet.of('gateway'), world.apiKey.key, seed, journal, concurrency);
  // Who only restarts does it as an orchestrator would, and may not disturb anybody.
  const balancer = options.faults === 'rolling' ? uploader : undefined;
  const faults = new Faults(world, recorder, say, signal, balancer);
  const poisoner = await preparePoison(seed, world, options, signal);
  const waiting = scheduleFaults(seed, options);
  try {
    const onBegin = (number: number): void => {
      while (waiting[0] && number >= waiting[0].at * uploads) faults.begin(waiting.shift()!);
      if (number % uploadsPerPoison === uploadsPerPoison - 1) poisoner.poison();
    };
    await uploadAll(uploader, { seed, uploads, concurrency, onBegin, signal });
    await faults.ended();
    signal.throwIfAborted();
    const gaveUp = (await readJournal(journalFile)).flatMap((each) =>
      each.kind === 'given-up' ? [each.upload] : [],
    );
    say(`${gaveUp.length} callers who gave up come back`);
    const again = { attempts: repeatAttempts, atOnce: concurrency, signal };
    await repeatAll(uploader, seed, [...new Set(gaveUp)], again);
    return poisoner.book;
  } finally {
    await poisoner.close();
    await uploader.close();
    await journal.close();
  }
};

const preparePoison = async (
  seed: number,
  world: World,
  { bus }: ChaosOptions,
  signal: AbortSignal,
): Promise<Poisoner> => {
  const stranger =
    bus === 'kafka'
      ? new KafkaStranger(world.services.directEnv['KAFKA_BROKERS']!)
      : new PostgresStranger(world.database);
  const blobs = await world.openBlobs();
  const parts = { seed, apiKeyId: world.apiKey.id, policyVersion: world.policyVersion };
  return Poisoner.prepare(stranger, { blobs, pictures: world.services.pictures }, parts, signal).finally(() =>
    blobs.close(),
  );
};
