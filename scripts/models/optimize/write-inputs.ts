import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { inputOf, type ModelPack } from '#libs/inference';
import type { SamplePicture } from '../../demo/sample-pictures.js';
import { viewsOf } from '../adding/sample-views.js';

/** Writes what the pack's graph is given for each picture, one after the other: the quantiser must see what it will. */
export const writeInputs = async (
  pack: ModelPack,
  pictures: readonly SamplePicture[],
  path: string,
): Promise<void> => {
  const prepare = inputOf(pack);
  const inputs = async function* (): AsyncGenerator<Buffer> {
    for await (const view of viewsOf(pictures, pack.manifest.resize.minShortSide)) {
      const { buffer, byteOffset, byteLength } = prepare(view);
      yield Buffer.from(buffer, byteOffset, byteLength);
    }
  };
  await pipeline(inputs, createWriteStream(path));
};

/** Of one picture, without the batch axis. */
export const inputShape = ({ manifest }: ModelPack): number[] => {
  const { width, height, layout } = manifest.input;
  return layout === 'nhwc' ? [height, width, 3] : [3, height, width];
};
