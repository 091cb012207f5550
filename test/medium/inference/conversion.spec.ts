import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { readManifest } from '#libs/inference';
import { KerasToOnnx } from '../../../scripts/models/conversion/keras-to-onnx.js';
import { readNsfwjsModel } from '../../../scripts/models/conversion/nsfwjs-weights.js';

const folder = join(import.meta.dirname, '../../../models/nsfw-mobilenet-v2');

describe('the conversion of nsfwjs’s weights', () => {
  it('gives the very bytes whose checksum the manifest states', async () => {
    const { name, sha256 } = await readManifest(folder);
    const graph = new KerasToOnnx(await readNsfwjsModel(MobileNetV2Model), name).convert();
    expect(createHash('sha256').update(graph).digest('hex')).toBe(sha256);
  });

  it('refuses a layer that it does not know rather than converting it approximately', async () => {
    const model = await readNsfwjsModel(MobileNetV2Model);
    const layers = model.layers.map((layer) =>
      layer.name === 'Conv1_relu' ? { ...layer, class_name: 'LeakyReLU' } : layer,
    );
    expect(() => new KerasToOnnx({ ...model, layers }, 'x').convert()).toThrow(
      'layer Conv1_relu: no conversion for LeakyReLU',
    );
  });

  it('refuses a known layer with a setting that it does not know', async () => {
    const model = await readNsfwjsModel(MobileNetV2Model);
    const layers = model.layers.map((layer) =>
      layer.name === 'Conv1' ? { ...layer, config: { ...layer.config, dilation_rate: [2, 2] } } : layer,
    );
    expect(() => new KerasToOnnx({ ...model, layers }, 'x').convert()).toThrow(/dilation_rate/);
  });

  it('refuses bundles that are shorter than their manifest says', async () => {
    const cut = {
      ...MobileNetV2Model,
      weightBundles: [() => Promise.resolve(Buffer.alloc(99).toString('base64'))],
    };
    await expect(readNsfwjsModel(cut)).rejects.toThrow('the bundles hold 99');
  });
});
