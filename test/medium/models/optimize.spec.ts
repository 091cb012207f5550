import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ModelProtoSchema, TensorProto_DataType } from 'onnx-buf';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { loadPack, type ModelPack } from '#libs/inference';
import { compare, refusalOf } from '../../../scripts/models/optimize/comparison.js';
import { pythonTools } from '../../../scripts/models/optimize/python.js';
import { main } from '../../../scripts/models/optimize.js';
import { nothingButNaN, alwaysTheSame } from '../../builders/lying-graphs.js';
import { anEfficientNetPack, aPack, type PackBuilder } from '../../builders/pack.builder.js';
import { jpeg, scene } from '../../fixtures/pictures.js';

/** Sets the Python environment up where this machine never did: some 90 MB, once. */
const unusable = await pythonTools().then(
  () => undefined,
  (error: Error) => error.message,
);
const isRequired = process.env['REQUIRE_PYTHON'] === '1';
if (unusable !== undefined && !isRequired)
  console.log(`Skipped: no variants are made, since the Python tools cannot be had here (${unusable})`);

let folder: string;
const said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-variants-'));
  said.length = 0;
  for (const method of ['log', 'error'] as const)
    jest.spyOn(console, method).mockImplementation((line: unknown) => void said.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const graphOf = ({ graph }: ModelPack) => fromBinary(ModelProtoSchema, readFileSync(graph)).graph!;
const operators = (pack: ModelPack): string[] => graphOf(pack).node.map(({ opType }) => opType);

describe('models:optimize', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await anEfficientNetPack().write();
  });
  afterEach(() => rm(parent, { recursive: true }));

  (unusable === undefined || isRequired ? it : it.skip)(
    'makes packs of their own that are smaller and say nearly the same',
    async () => {
      const bounds = ['--most-change', '0.2'];
      expect(await main([parent, '--float16', '--int8', '--out', folder, ...bounds])).toBe(0);
      expect((await readdir(folder)).sort()).toEqual([
        'small-efficientnet-float16',
        'small-efficientnet-int8',
      ]);

      const float16 = await loadPack(join(folder, 'small-efficientnet-float16'));
      const weights = graphOf(float16).initializer.map(({ dataType }) => dataType);
      expect(weights).toContain(TensorProto_DataType.FLOAT16);

      const int8 = await loadPack(join(folder, 'small-efficientnet-int8'));
      expect(operators(int8)).toContain('QuantizeLinear');
      expect(graphOf(int8).initializer.map(({ dataType }) => dataType)).toContain(TensorProto_DataType.INT8);
      // the stem sees the picture itself: it stays as it was
      expect(operators(int8).indexOf('Conv')).toBeLessThan(operators(int8).indexOf('QuantizeLinear'));
      const { manifest } = await loadPack(parent);
      expect(int8.manifest).toMatchObject({
        version: `1-${int8.manifest.sha256.slice(0, 8)}`,
        licence: manifest.licence,
        source: expect.stringContaining(`small-efficientnet 1 (sha256 ${manifest.sha256}), static 8-bit`),
      });
      const card = await readFile(join(folder, 'small-efficientnet-int8', 'README.md'), 'utf8');
      expect(card).toMatch(/another verdict under the default policy \| 0 of \d+ pictures/);
    },
  );

  (unusable === undefined || isRequired ? it : it.skip)(
    'refuses a variant beyond the bounds, and leaves nothing behind',
    async () => {
      expect(await main([parent, '--int8', '--out', folder, '--most-change', '0'])).toBe(1);
      expect(said.join('\n')).toMatch(/Refused, and not written: a score changes by 0\.\d+/);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('says what it wants to know', async () => {
    expect(await main([parent])).toBe(1);
    expect(await main(['no-such-pack', '--int8'])).toBe(1);
    expect(await main([parent, '--int8', '--most-flips', '2'])).toBe(1);
    expect(said.join('\n')).toMatch(
      /into what\?[^]*no-such-pack is no folder[^]*--most-flips must be within/,
    );
  });
});

describe('A variant beside its parent', () => {
  const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
  const explicit = { tier: 'fast', categories: { 'sexual/explicit': ['red'] } };
  const compared = async (variant: PackBuilder) => {
    const folders = [
      await aPack().with(explicit).write(),
      await variant.with({ ...explicit, name: 'variant' }).write(),
    ];
    const pictures = await Promise.all(
      Array.from({ length: 12 }, async (_, seed) => ({
        name: `scene ${seed}`,
        surface: 'default',
        bytes: await jpeg(scene(seed)),
      })),
    );
    try {
      const packs = await Promise.all(folders.map(loadPack));
      return await compare(packs[0]!, packs[1]!, pictures, policy);
    } finally {
      await Promise.all(folders.map((each) => rm(each, { recursive: true })));
    }
  };
  const bounds = { mostFlips: 0.01, mostChange: 0.1 };

  it('that is the same changes nothing', async () => {
    const comparison = await compared(aPack());
    expect(comparison).toMatchObject({
      pictures: 12,
      largestChange: 0,
      meanChange: 0,
      flips: [],
      topChanged: 0,
    });
    expect(refusalOf(comparison, bounds)).toBeUndefined();
  });

  it('that turns verdicts is refused, with the pictures on which it does', async () => {
    const comparison = await compared(aPack().withGraph(alwaysTheSame()));
    expect(comparison.largestChange).toBeGreaterThan(0.1);
    expect(comparison.flips.length).toBeGreaterThan(0);
    expect(refusalOf(comparison, bounds)).toContain(comparison.flips[0]!);
    expect(refusalOf(comparison, { mostFlips: 1, mostChange: 0.1 })).toContain('a score changes by');
    expect(refusalOf(comparison, { mostFlips: 1, mostChange: 1 })).toBeUndefined();
  });

  it('that gives NaN is not even opened', async () => {
    await expect(compared(aPack().withGraph(nothingButNaN()))).rejects.toThrow('no finite numbers');
  });
});
