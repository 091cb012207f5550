import { parseArgs } from 'node:util';
import { z } from 'zod';
import { jpeg, scene } from '../../test/fixtures/pictures.js';

const optionsSchema = z.object({
  seed: z.coerce.number().int().min(0),
  quality: z.coerce.number().int().min(1).max(100).default(85),
});

/**
 * npm run --silent picture -- <seed> [--quality 1–100]: a drawn picture as a JPEG on stdout, the same one for the same
 * seed. For trying the system without photos.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    options: { quality: { type: 'string' } },
    allowPositionals: true,
  });
  const options = optionsSchema.safeParse({ ...values, seed: positionals[0] });
  if (!options.success || process.stdout.isTTY) {
    console.error('Usage: npm run --silent picture -- <seed> [--quality 1–100] > picture.jpg');
    return 1;
  }
  const { seed, quality } = options.data;
  const bytes = await jpeg(scene(seed), { quality });
  await new Promise<void>((written) => process.stdout.write(bytes, () => written()));
  return 0;
};
