import { defaultPolicyDocument } from '#libs/domain';
import type { ModelPack } from '#libs/inference';
import type { Prices } from './cost/prices.js';
import type { LabelledPicture } from './data/labelled-picture.js';
import { type Evaluation, evaluatePack } from './evaluation.js';
import { logistic } from './calibration/logit.js';
import { seededRandom } from './metrics/seeded-random.js';
import type { Scored } from './scored.js';
import type { SpeedReport } from './speed/speed-report.js';

/** A pack that never was: how well it tells the classes apart, and what it costs. */
export interface MadeUpPack {
  name: string;
  /** distance of the two classes' mean logits */
  skill: number;
  /** what the logits are multiplied by: above 1 the pack is surer than it should be */
  sureness: number;
  megabytes: number;
  latencyMs: number;
}

export const prices: Prices = {
  currency: 'EUR',
  asOf: '2026-11-23',
  source: 'made up for a test',
  machines: { 'cpu-2': { perHour: 0.05, description: 'two cores' } },
  machine: 'cpu-2',
  traffic: { picturesPerYear: 100_000_000, prevalence: { 'sexual/explicit': 0.02 } },
  mistakes: { default: { falseAlarm: 0.5, miss: 10, review: 0.1 } },
};

export const madeUpPack = (name: string): ModelPack => ({
  graph: '/nowhere/model.onnx',
  labels: ['bad', 'rare', 'good'],
  categories: [
    { category: 'sexual/explicit', labels: [0], calibration: null },
    { category: 'goods/firearm', labels: [1], calibration: null },
  ],
  manifest: {
    name,
    version: '1',
    tier: 'deep',
    file: 'model.onnx',
    sha256: '0'.repeat(64),
    input: {
      name: 'image',
      width: 224,
      height: 224,
      layout: 'nhwc',
      dtype: 'uint8',
      normalisation: 'in-graph',
    },
    resize: { kind: 'antialiased-bilinear', minShortSide: 224 },
    outputs: { scores: { name: 'scores', activation: 'none' }, embedding: null },
    labels: ['bad', 'rare', 'good'],
    categories: { 'sexual/explicit': ['bad'], 'goods/firearm': ['rare'] },
    benign: ['good'],
    calibration: {},
    licence: 'Apache-2.0',
    source: 'made up for a test',
    card: 'README.md',
  },
});

/** Every fifth is explicit, three show a firearm, and they come from two sources. */
export const madeUpPictures = (count: number): LabelledPicture[] =>
  Array.from({ length: count }, (_, place) => ({
    path: `/nowhere/${place}.jpg`,
    where: `data.jsonl:${place + 1}`,
    categories: [...(place % 5 === 0 ? ['sexual/explicit'] : []), ...(place < 3 ? ['goods/firearm'] : [])],
    unsure: [],
    columns: { source: place % 3 === 0 ? 'upload' : 'camera' },
  }));

const scoredBy = (
  { skill, sureness }: MadeUpPack,
  pictures: readonly LabelledPicture[],
  seed: number,
): Scored[] => {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return pictures.map(({ path, categories }) => {
    const mean = categories.includes('sexual/explicit') ? skill / 2 : -skill / 2;
    const score = Math.fround(logistic(sureness * skill * (mean + normal() - 0.3)));
    const scores = {
      'sexual/explicit': score,
      'goods/firearm': categories.includes('goods/firearm') ? 0.9 : 0.01,
    };
    return { file: path, scores, uncalibrated: scores, labels: {} };
  });
};

const speedOf = ({ latencyMs }: MadeUpPack): SpeedReport => ({
  provider: 'cpu',
  threads: 2,
  picture: '640x480',
  batches: [1, 4, 16].map((batch) => ({
    batch,
    latencyMs: { median: latencyMs * batch, p95: 1.2 * latencyMs * batch, runs: 30 },
    picturesPerSecond: 1900 / latencyMs,
    memoryMb: 40 + latencyMs + 2 * batch,
  })),
});

/** What an evaluation of packs that never were would have found. */
export const anEvaluation = (packs: readonly MadeUpPack[], count = 400): Evaluation => {
  const pictures = madeUpPictures(count);
  const yardsticks = {
    policy: { name: 'default', version: 1, document: defaultPolicyDocument },
    prices,
    machine: 'cpu-2',
    thresholds: [0.5],
    columns: ['source'],
    bootstrap: { resamples: 100, seed: 1 },
  };
  return {
    madeAt: '2026-11-23T12:00:00.000Z',
    data: {
      source: 'data.jsonl',
      pictures: count,
      repeated: 0,
      skipped: [],
      positives: { 'sexual/explicit': Math.ceil(count / 5), 'goods/firearm': 3 },
      columns: ['source'],
    },
    machine: { cpu: 'a processor', cores: 2, memoryGb: 8, node: 'v20', platform: 'linux' },
    policy: { name: 'default', version: 1 },
    prices: {
      currency: prices.currency,
      asOf: prices.asOf,
      source: prices.source,
      machine: 'cpu-2',
      perHour: 0.05,
      picturesPerYear: prices.traffic.picturesPerYear,
      isExample: false,
    },
    packs: packs.map((pack, place) =>
      evaluatePack(madeUpPack(pack.name), scoredBy(pack, pictures, place + 1), pictures, yardsticks, {
        megabytes: pack.megabytes,
        speed: speedOf(pack),
      }),
    ),
  };
};

export const fourPacks: MadeUpPack[] = [
  { name: 'small', skill: 1.6, sureness: 1, megabytes: 9, latencyMs: 12 },
  { name: 'small-int8', skill: 1.5, sureness: 1.4, megabytes: 3, latencyMs: 8 },
  { name: 'clumsy', skill: 1.55, sureness: 0.8, megabytes: 60, latencyMs: 70 },
  { name: 'large', skill: 2.6, sureness: 1.6, megabytes: 87, latencyMs: 95 },
];
