import { rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import {
  defaultProbeLimits,
  InferencePool,
  loadPack,
  type ModelPack,
  PackError,
  probePack,
} from '#libs/inference';
import {
  alwaysTheSame,
  endless,
  fromTheFuture,
  largeInside,
  nanWhenBright,
  nothingButNaN,
  withCustomOperator,
  withWeightsElsewhere,
} from '../../builders/lying-graphs.js';
import { aPack, type PackBuilder } from '../../builders/pack.builder.js';

const options = { threads: 1, provider: 'cpu', maxBatch: 1, maxDelayMs: 0, queueLimit: 10 } as const;
const isLinux = process.platform === 'linux';

const grey = (value: number): Pixels => ({
  data: new Uint8Array(8 * 8 * 3).fill(value),
  width: 8,
  height: 8,
});

const withPack = async <T>(builder: PackBuilder, use: (pack: ModelPack) => Promise<T>): Promise<T> => {
  const folder = await builder.write();
  try {
    return await use(await loadPack(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const probed = (builder: PackBuilder, views = [grey(0), grey(255)], limits = defaultProbeLimits) =>
  withPack(builder, (pack) => probePack(pack, views, limits));

const calledProbabilities = {
  outputs: { scores: { name: 'means', activation: 'none' }, embedding: null },
};

const liars: [string, () => PackBuilder, RegExp][] = [
  [
    'gives NaN',
    () => aPack().withGraph(nothingButNaN()),
    /colours: shown a black picture, .* no finite numbers/,
  ],
  [
    'calls logits probabilities',
    () => aPack().with(calledProbabilities),
    /colours: shown a black picture, .* gave -2\.00 .* softmax or sigmoid/,
  ],
  [
    'needs another operator set',
    () => aPack().withGraph(fromTheFuture()),
    /colours: onnxruntime cannot open .*999/s,
  ],
  [
    'needs an operator of its own',
    () => aPack().withGraph(withCustomOperator()),
    /colours: onnxruntime cannot open .*Sharpen/s,
  ],
  [
    'keeps its weights elsewhere',
    () => aPack().withGraph(withWeightsElsewhere('weights.bin')),
    /colours: model\.onnx keeps weights in other files \(factor\)/,
  ],
  [
    'is made for a newer version',
    () => aPack().with({ formatVersion: 7, surprise: true }),
    /manifest\.json has format version 7, and this Sluice reads versions up to 1: update Sluice/,
  ],
  ['names a graph by a path', () => aPack().with({ file: '..' }), /file: a file name inside/],
];

describe('A pack that lies', () => {
  it.each(liars)(
    'because it %s is named and refused, and the running pack answers on',
    async (_case, liar, reason) => {
      await withPack(aPack(), async (honest) => {
        const pool = await InferencePool.open([honest], options);
        const before = await pool.classify('colours', grey(200));
        const swap = withPack(liar().with({ version: '2' }), (pack) => pool.swap(pack));
        await expect(swap).rejects.toThrow(PackError);
        await expect(swap).rejects.toThrow(reason);
        const after = await pool.classify('colours', grey(200));
        expect(after).toMatchObject({ ok: true, value: { version: '1' } });
        expect(after.ok && after.value.scores).toEqual(before.ok && before.value.scores);
        await pool.close();
      });
    },
  );

  it.each(liars)(
    'because it %s is refused by the process that tries it, too',
    async (_case, liar, reason) => {
      await expect(probed(liar())).rejects.toThrow(reason);
    },
  );

  it('with some pictures only is refused at the first of these', async () => {
    await expect(probed(aPack().withGraph(nanWhenBright(1)))).rejects.toThrow(
      /colours: picture 2: .* no finite numbers/,
    );
  });

  (isLinux ? it : it.skip)('about the memory that it takes is refused within its limit', async () => {
    const threeGigabytes = aPack().withGraph(largeInside(16_384));
    const limits = { ...defaultProbeLimits, memoryMegabytes: 512 };
    await expect(probed(threeGigabytes, [grey(0)], limits)).rejects.toThrow(
      /colours: .* more than (the )?512 MB of memory/,
    );
  });

  it('about the time that it takes is refused when that is up', async () => {
    const limits = { ...defaultProbeLimits, openSeconds: 2 };
    await expect(probed(aPack().withGraph(endless()), [grey(0)], limits)).rejects.toThrow(
      /colours: opening it and two pictures took longer than 2 s/,
    );
  });
});

describe('A pack that is honest', () => {
  it('is measured while it is tried', async () => {
    // what this process holds is none of the pack's
    const ballast = Buffer.alloc(512 * 2 ** 20, 1);
    const { openMs, peakMegabytes, looks } = await probed(aPack().withGraph(largeInside(2_048)));
    expect(ballast.length).toBeGreaterThan(0);
    expect(openMs).toBeGreaterThan(0);
    // two tensors of 3 · 2048² floats
    expect(peakMegabytes).toBeGreaterThan(50);
    expect(peakMegabytes).toBeLessThan(500);
    expect(looks).toHaveLength(2);
    for (const look of looks) {
      expect(look.scores).toEqual({ 'colour/red': expect.any(Number) });
      expect(look.runMs).toBeGreaterThan(0);
      expect(look.cpuMs).toBeGreaterThan(0);
    }
  });

  it('may say the same of every picture: whoever adds it is told', async () => {
    const { looks } = await probed(aPack().withGraph(alwaysTheSame()));
    expect(looks[0]!.scores).toEqual(looks[1]!.scores);
  });
});
