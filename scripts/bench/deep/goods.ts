import { join } from 'node:path';
import { InferencePool, loadPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { knownLabels } from '../../models/evaluation/data/known-labels.js';
import { samplePhotos } from '../../models/evaluation/data/sample-photos.js';
import { scorePictures } from '../../models/evaluation/score-pictures.js';
import { atLeast, atMost, type BenchRow, figure } from '../report.js';
import { cardScores } from './goods-card.js';

const category = 'goods/firearm';
/** of the default policy: docs/thresholds.md */
const line = 0.3;
/** The card gives two digits. */
const roundingError = 0.0051;
const drawings = ['revolver', 'assault-rifle'];

/**
 * goods/firearm on the model's own terms: the sum of its three labels' probabilities against the policy's line, on the sample
 * photos beside the repository and on the two drawings that the project ships. With three photos no rate can be given.
 */
export const goodsRows = async (): Promise<BenchRow[]> => {
  const pack = await loadPack(join(projectRoot, 'models/efficientnet-lite0'));
  const pool = await InferencePool.open([pack], {
    threads: 1,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 2,
  });
  try {
    const scoresOf = async (files: string[]): Promise<number[]> => {
      const scored = await scorePictures(pool, [pack], files, { concurrency: 1 });
      return scored.get(pack)!.map(({ scores }) => scores[category]!);
    };
    const drawn = await scoresOf(
      drawings.map((name) => join(projectRoot, 'test/fixtures/goods', `${name}.jpg`)),
    );
    const rows = [atLeast('firearms drawn by the project: lowest score', 'score', Math.min(...drawn), line)];
    const photos = await samplePhotos(knownLabels([pack], []));
    if (!photos.ok) {
      console.error('the sample photos are not here: goods/firearm is measured on drawings only');
      return rows;
    }
    const scores = await scoresOf(photos.value.map(({ path }) => path));
    const isShown = photos.value.map(({ categories }) => categories.includes(category));
    const shown = scores.filter((_score, at) => isShown[at]).sort((a, b) => b - a);
    const others = scores.filter((_score, at) => !isShown[at]);
    const differences = shown.map((score, at) => Math.abs(score - (cardScores[at] ?? 0)));
    return [
      ...rows,
      atLeast('sample photos of firearms at or above the line', 'photos', countAt(shown), cardScores.length),
      atMost(`other sample photos at or above it, of ${others.length}`, 'photos', countAt(others), 0),
      atMost('largest difference from the card', 'score', Math.max(...differences), roundingError),
      figure('lowest score of a firearm', 'score', Math.min(...shown)),
      figure('highest score of another photo', 'score', Math.max(...others)),
    ];
  } finally {
    await pool.close();
  }
};

const countAt = (scores: readonly number[]): number => scores.filter((score) => score >= line).length;
