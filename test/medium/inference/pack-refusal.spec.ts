import { describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { InferencePool, loadPack, PackError } from '#libs/inference';
import { aPack, type PackBuilder } from '../../builders/pack.builder.js';

const options = { threads: 1, provider: 'cpu', maxBatch: 2, maxDelayMs: 0, queueLimit: 10 } as const;
const planes = {
  name: 'planes',
  width: 4,
  height: 4,
  layout: 'nchw',
  dtype: 'float32',
  normalisation: 'in-graph',
};

/** Loads and opens a pack; what it was refused for, or undefined. */
const refusalOf = async (builder: PackBuilder): Promise<unknown> => {
  const folder = await builder.write();
  try {
    const pool = await InferencePool.open([await loadPack(folder)], options);
    await pool.close();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await rm(folder, { recursive: true });
  }
};

describe('a model pack', () => {
  it('that fits is opened', async () => {
    expect(await refusalOf(aPack())).toBeUndefined();
  });

  it.each<[string, PackBuilder, RegExp]>([
    ['without its graph', aPack().without('model.onnx'), /colours: model\.onnx is missing .*models:build/],
    ['without its card', aPack().without('README.md'), /colours: README\.md is missing/],
    ['without its licence', aPack().without('LICENSE'), /colours: LICENSE is missing/],
    ['without a manifest', aPack().without('manifest.json'), /manifest\.json cannot be read/],
    [
      'with another checksum',
      aPack().withChecksum('0'.repeat(64)),
      /colours: model\.onnx has sha256 .* 0{64}/,
    ],
    ['with an unknown manifest field', aPack().with({ treshold: 0.5 }), /manifest\.json: .*treshold/],
    [
      'with a label that has no category',
      aPack().with({ benign: ['green'] }),
      /colours: label "blue" has no category/,
    ],
    ['with a label file that is not there', aPack().with({ labels: 'labels.json' }), /colours: labels\.json/],
    [
      'with an input of another size',
      aPack().with({ input: { ...planes, width: 5 } }),
      /colours: input "planes" is float32 \[batch, 3, 4, 4\], the manifest asks for float32 \[batch, 3, 4, 5\]/,
    ],
    [
      'with an input of another type',
      aPack().with({ input: { ...planes, dtype: 'uint8' } }),
      /colours: input "planes" is float32 .* asks for uint8/,
    ],
    [
      'with an input of another layout',
      aPack().with({ input: { ...planes, layout: 'nhwc' } }),
      /colours: input "planes"/,
    ],
    [
      'with an input of another name',
      aPack().with({ input: { ...planes, name: 'x' } }),
      /colours: .* no input "x"/,
    ],
    [
      'with more labels than scores',
      aPack().with({ labels: ['red', 'green', 'blue', 'grey'], benign: 'every other label' }),
      /colours: output "means" is float32 \[batch, 3\], the manifest asks for float32 \[batch, 4\]/,
    ],
    [
      'with an embedding that the graph does not give',
      aPack().with({
        outputs: { scores: { name: 'means', activation: 'none' }, embedding: { name: 'e', length: 8 } },
      }),
      /colours: .* no output "e"/,
    ],
    ['with a fixed batch', aPack().withFixedBatch(1), /colours: input "planes" .* batch axis must be free/],
    [
      'whose graph is no graph',
      aPack().withGraph(Buffer.from('not ONNX')),
      /colours: model\.onnx is no ONNX graph/,
    ],
  ])('%s is refused by its name and the reason', async (_case, builder, message) => {
    const refusal = await refusalOf(builder);
    expect(refusal).toBeInstanceOf(PackError);
    expect((refusal as PackError).message).toMatch(message);
  });
});
