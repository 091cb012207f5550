import { parseArgs } from 'node:util';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelTierSchema } from '#libs/domain';
import { loadPack } from '#libs/inference';
import { z } from 'zod';
import { packFolders } from './evaluation/open-packs.js';
import { writtenJson } from './evaluation/written-json.js';
import { isAcceptable, openPoints } from './review/open-points.js';
import { manifestDigest, type Review } from './review/review.js';
import { readReview, writeReview } from './review/review-file.js';

const usage = `Usage: npm run models:promote -- <pack or folder> --tier fast|deep --signed-off-by NAME [--accept ID=REASON …]
Puts a pack into a tier, where its review (review.json) leaves nothing open. A point that stays open may be taken on with a
reason, which is kept with the name: --accept "slices=no sensitive columns exist for these pictures".`;

const optionsSchema = z.object({
  tier: modelTierSchema,
  'signed-off-by': z.string().trim().min(1).max(200),
  accept: z
    .array(z.string().regex(/^[^=]+(=[^=]+)?=.+$/s, 'an accepted point is written id=reason'))
    .default([]),
});

/** npm run models:promote. Returns the exit code: 1 where the review refuses, 2 where the command cannot be read. */
export const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tier: { type: 'string' },
      'signed-off-by': { type: 'string' },
      accept: { type: 'string', multiple: true },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success || positionals.length !== 1) {
    console.error(options.success ? usage : `${z.prettifyError(options.error)}\n\n${usage}`);
    return 2;
  }
  const { tier, 'signed-off-by': by, accept } = options.data;
  const [folder] = await packFolders(positionals);
  const { manifest } = await loadPack(folder!);
  if (tier === 'fast' && manifest.route) {
    console.error(`${manifest.name} is a specialist (it has a route): only packs of the deep tier can be.`);
    return 1;
  }
  const found = await readReview(folder!);
  if (!found.ok) {
    console.error(`${manifest.name} is not promoted: ${found.detail}`);
    return 1;
  }
  const on = new Date().toISOString();
  const accepted = withAccepted(found.value, accept, { by, on });
  if ('refusal' in accepted) {
    console.error(`${manifest.name} is not promoted: ${accepted.refusal}`);
    return 1;
  }
  const open = openPoints(accepted.review, manifest);
  if (open.length > 0) {
    console.error(
      [
        `${manifest.name} is not promoted: ${open.length} point${open.length === 1 ? ' is' : 's are'} open.`,
        ...open.map(({ id, what }) => `  ${id}${isAcceptable(id) ? '' : ' (cannot be accepted)'}: ${what}`),
      ].join('\n'),
    );
    return 1;
  }
  if (manifest.tier !== tier) {
    const file = join(folder!, 'manifest.json');
    await writeFile(`${file}.new`, await writtenJson({ ...manifest, tier }));
    await rename(`${file}.new`, file);
  }
  const signOff = { by, on, tier, graphSha256: manifest.sha256, manifestDigest: manifestDigest(manifest) };
  await writeReview(folder!, { ...accepted.review, signOff });
  console.log(`${manifest.name} ${manifest.version} is signed off for the ${tier} tier by ${by}.`);
  return 0;
};

/** The review with further points taken on, each of which must be one that is open. */
const withAccepted = (
  review: Review,
  accept: readonly string[],
  who: { by: string; on: string },
): { review: Review } | { refusal: string } => {
  const open = openPoints(review).map(({ id }) => id);
  const accepted = { ...review.accepted };
  for (const each of accept) {
    // an id may hold an equals sign itself: slice:sexual/explicit:source=camera
    const id = open.find((point) => each.startsWith(`${point}=`));
    if (id === undefined)
      return { refusal: `"${each}" accepts no point that is open (open are ${open.join(', ')})` };
    if (!isAcceptable(id)) return { refusal: `${id} cannot be accepted` };
    accepted[id] = { why: each.slice(id.length + 1), ...who };
  }
  return { review: { ...review, accepted } };
};
