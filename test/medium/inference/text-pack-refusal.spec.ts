import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InferencePool, loadPack, loadTextPack, PackError, type TextManifest } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { OnnxGraph } from '../../../scripts/models/conversion/onnx-graph.js';

const shipped = join(projectRoot, 'models', 'overlay-text');
const options = { threads: 1, provider: 'cpu', maxBatch: 1, maxDelayMs: 0, queueLimit: 10 } as const;

/** In the place of detection: √(1 − mean of the planes), a number for dark pictures, NaN for bright ones. */
const nanWhenBright = (): Uint8Array => {
  const graph = new OnnxGraph('liar');
  const planes = graph.input('x', 'float32', ['batch', 3, 'batch', 'batch']);
  const mean = graph.node('ReduceMean', [planes], { axes: [1], keepdims: 1 }, 'mean');
  graph.output('sigmoid_0.tmp_0', 'float32', ['batch', 1, 'batch', 'batch']);
  const one = graph.constant('one', [1], Float32Array.of(1));
  graph.node('Sqrt', [graph.node('Sub', [one, mean], {}, 'left')], {}, 'sigmoid_0.tmp_0');
  return graph.toBytes();
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-text-pack-'));
  await cp(shipped, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const change = async (edit: (manifest: TextManifest) => object): Promise<void> => {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as TextManifest;
  await writeFile(path, JSON.stringify(edit(manifest)));
};

/** Puts another file in a part's place, checksum and all. */
const put = async (part: 'detection' | 'recognition' | 'characters', content: Uint8Array): Promise<void> => {
  const sha256 = createHash('sha256').update(content).digest('hex');
  await change((manifest) => {
    const named = part === 'characters' ? manifest.recognition.characters : manifest[part];
    named.sha256 = sha256;
    return manifest;
  });
  await writeFile(join(folder, part === 'characters' ? 'characters.txt' : `${part}.onnx`), content);
};

/** Loads and opens the pack. */
const opened = async (): Promise<InferencePool> => InferencePool.open([await loadTextPack(folder)], options);

describe('A pack that reads', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'without a graph',
      () => rm(join(folder, 'orientation.onnx')),
      /overlay-text: orientation\.onnx is missing .*models:build/,
    ],
    ['without its card', () => rm(join(folder, 'README.md')), /overlay-text: README\.md is missing/],
    [
      'with a damaged graph',
      () => writeFile(join(folder, 'detection.onnx'), 'damaged'),
      /overlay-text: detection\.onnx has sha256 .*damaged/,
    ],
    [
      'with an unknown manifest field',
      () => change((manifest) => ({ ...manifest, treshold: 0.5 })),
      /manifest\.json: .*treshold/,
    ],
    [
      'that enlarges beyond its longest side',
      () => change((manifest) => ({ ...manifest, detection: { ...manifest.detection, enlargedTo: 992 } })),
      /enlargedTo must not lie above longestSide/,
    ],
    [
      'whose graph is no graph',
      () => put('recognition', Buffer.from('not ONNX')),
      /overlay-text: onnxruntime cannot open/,
    ],
    [
      'with one graph in the place of another',
      async () => put('detection', await readFile(join(folder, 'recognition.onnx'))),
      /overlay-text: .*has no float32 output "sigmoid_0\.tmp_0", but "softmax_11/,
    ],
    [
      'with fewer characters than the graph has classes',
      async () => put('characters', (await readFile(join(folder, 'characters.txt'))).subarray(0, 4_000)),
      /recognition\.onnx gives \[1, \d+, 6625\] .*asks for \[1, any, \d+\]/,
    ],
  ])('%s is refused by its name and the reason', async (_case, spoil, reason) => {
    await spoil();
    const attempt = opened();
    await expect(attempt).rejects.toThrow(PackError);
    await expect(attempt).rejects.toThrow(reason);
  });

  it('is no classifier, and a classifier does not read', async () => {
    await expect(loadPack(shipped)).rejects.toThrow('is a text-reader, and cannot be used as a classifier');
    const classifier = join(projectRoot, 'models', 'efficientnet-lite0');
    await expect(loadTextPack(classifier)).rejects.toThrow('cannot be used as a text-reader');
    const pool = await opened();
    const view = { data: new Uint8Array(3), width: 1, height: 1 };
    expect(() => pool.classify('overlay-text', view)).toThrow('classifies nothing');
    expect(() => pool.readText('efficientnet-lite0', view)).toThrow('no such pack');
    await pool.close();
  });

  it('fails a picture for which it gives no number, and reads on', async () => {
    await put('detection', nanWhenBright());
    const pool = await opened();
    const plain = (value: number) => ({
      data: new Uint8Array(64 * 64 * 3).fill(value),
      width: 64,
      height: 64,
    });
    const bright = await pool.readText('overlay-text', plain(255));
    expect(bright).toMatchObject({
      ok: false,
      code: 'inference_failed',
      detail: expect.stringContaining('overlay-text gave numbers that are not finite'),
    });
    expect(await pool.readText('overlay-text', plain(100))).toMatchObject({ ok: true });
    expect(await pool.readText('overlay-text', { ...plain(0), width: 65 })).toMatchObject({
      ok: false,
      code: 'inference_failed',
    });
    await pool.close();
  });
});
