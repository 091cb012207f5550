import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readManifest, sha256Of } from '#libs/inference';
import { KerasToOnnx } from './conversion/keras-to-onnx.js';
import { readNsfwjsModel, type NsfwjsModel } from './conversion/nsfwjs-weights.js';
import { projectRoot } from './project-root.js';

/**
 * npm run models:build [-- --accept]
 * Converts the weights inside the npm package nsfwjs into the graphs of the packs that are made from them. A graph
 * that is there and has the manifest's checksum is left alone. The conversion is deterministic, so another checksum
 * means that the package or the conversion has changed; --accept then writes the new one into the manifest.
 */

const models = join(projectRoot, 'models');

/** Pack → where its weights are. Imported only when needed: the bundles are tens of megabytes of JavaScript. */
const recipes: Record<string, () => Promise<NsfwjsModel>> = {
  'nsfw-mobilenet-v2': async () => (await import('nsfwjs/models/mobilenet_v2')).MobileNetV2Model,
  'nsfw-inception-v3': async () => (await import('nsfwjs/models/inception_v3')).InceptionV3Model,
};

const buildPack = async (
  pack: string,
  weights: () => Promise<NsfwjsModel>,
  accept: boolean,
): Promise<void> => {
  const folder = join(models, pack);
  const { file, sha256 } = await readManifest(folder);
  const path = join(folder, file);
  if (existsSync(path) && (await sha256Of(path)) === sha256) {
    console.log(`${pack}: up to date`);
    return;
  }
  const graph = new KerasToOnnx(await readNsfwjsModel(await weights()), pack).convert();
  const built = createHash('sha256').update(graph).digest('hex');
  if (built !== sha256) {
    if (!accept) {
      throw new Error(
        `${pack}: the conversion gave sha256 ${built}, the manifest says ${sha256}. If the change is meant, raise ` +
          'the version in the manifest and run npm run models:build -- --accept',
      );
    }
    const manifest = join(folder, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(sha256, built));
  }
  // a graph that is only half written must never bear the graph's name
  await writeFile(`${path}.part`, graph);
  await rename(`${path}.part`, path);
  console.log(`${pack}: built, ${(graph.length / 1e6).toFixed(1)} MB, sha256 ${built}`);
};

/** Returns the exit code; throws what a pack cannot be built for. */
export const main = async (args: string[]): Promise<number> => {
  for (const [pack, weights] of Object.entries(recipes)) {
    await buildPack(pack, weights, args.includes('--accept'));
  }
  return 0;
};
