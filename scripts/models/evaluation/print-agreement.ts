import { NsfwjsReference, nsfwjsModels, type NsfwjsPack } from '../reference/nsfwjs.js';
import { summarise } from './agreement.js';
import { pixelsOf } from './score-pictures.js';
import type { Scored } from './scored.js';

/** As large as no picture: decoded in full. */
const neverShrink = 100_000;

/** Prints how well a pack that was made of nsfwjs agrees with it; nothing for another. */
export const printAgreement = async (name: string, scored: readonly Scored[]): Promise<void> => {
  if (!(name in nsfwjsModels)) return;
  const reference = await NsfwjsReference.start(name as NsfwjsPack);
  const pairs = [];
  for (const { file, labels } of scored)
    pairs.push({ expected: await reference.classify(await pixelsOf(file, neverShrink)), found: labels });
  await reference.close();
  const { topAgrees, meanDifference, largestDifference } = summarise(pairs);
  console.log(
    `against nsfwjs on full decodes: top label agrees on ${(topAgrees * 100).toFixed(1)} %, mean difference ` +
      `${meanDifference.toFixed(4)}, largest ${largestDifference.toFixed(3)}\n`,
  );
};
