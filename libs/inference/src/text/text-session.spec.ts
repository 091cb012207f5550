import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import type { TextPack } from '../packs/load-text-pack.js';
import type { GraphFile, Tensor } from './graph.js';

/** What the graphs say, by their files; each is told what shape it is given. */
const says: Record<string, (shape: readonly number[], call: number) => Tensor> = {};
const calls: string[] = [];
class FakeGraph {
  constructor(private readonly path: string) {}
  static open({ path }: GraphFile): Promise<FakeGraph> {
    return Promise.resolve(new FakeGraph(path));
  }
  run(_values: Float32Array, shape: readonly number[]): Promise<Tensor> {
    calls.push(this.path);
    return Promise.resolve(says[this.path]!(shape, calls.filter((path) => path === this.path).length));
  }
  assertGives(): Promise<void> {
    return Promise.resolve();
  }
}
jest.unstable_mockModule('./graph.js', () => ({ Graph: FakeGraph }));
const { TextSession } = await import('./text-session.js');

const pack = {
  graphs: { detection: 'detection', orientation: 'orientation', recognition: 'recognition' },
  alphabet: ['', 'a', 'b'],
  manifest: {
    name: 'reader',
    detection: {
      longestSide: 96,
      enlargedTo: 64,
      pixelProbability: 0.3,
      regionProbability: 0.6,
      growth: 1,
    },
    orientation: { width: 96, height: 24, atLeast: 0.9 },
    recognition: { height: 24, longestLine: 96, leastConfidence: 0.5 },
    limits: { mostLines: 9, longestText: 9_999 },
  },
} as unknown as TextPack;

const view = (): Pixels => ({ data: new Uint8Array(128 * 96 * 3), width: 128, height: 96 });

beforeEach(() => {
  calls.length = 0;
  // two lines: the upper one lower than the other is high
  says['detection'] = ([, height, width]) => ({
    shape: [1, 1, height!, width!],
    values: Float32Array.from({ length: width! * height! }, (_, at) => {
      const [x, y] = [at % width!, Math.floor(at / width!)];
      const isWriting = x >= 20 && x < 70 && ((y >= 10 && y < 16) || (y >= 40 && y < 50));
      return isWriting ? 0.9 : 0;
    }),
  });
  says['orientation'] = () => ({ shape: [1, 2], values: Float32Array.of(0.95, 0.05) });
  // the larger line, which is read first, is an a, the other a b
  says['recognition'] = (_shape, call) => ({
    shape: [1, 2, 3],
    values: Float32Array.of(1, 0, 0, 0.1, ...(call === 1 ? [0.8, 0.1] : [0.1, 0.7])),
  });
});

const read = async (budgetMs?: number) => {
  const session = await TextSession.open(pack);
  const [outcome] = (await session.run([view()], budgetMs)).outputs;
  if (!outcome?.ok) throw new Error('it is read');
  return outcome.value;
};

describe('A text session', () => {
  it('reads the largest line first, and tells the lines from top to bottom, in shares of the picture', async () => {
    const { lines, leftOut } = await read();
    expect(lines).toMatchObject([
      { text: 'b', confidence: expect.closeTo(0.7, 6) },
      { text: 'a', confidence: expect.closeTo(0.8, 6) },
    ]);
    expect(leftOut).toEqual([]);
    const [[left, top], , [right, bottom]] = lines[1]!.box;
    // 50 x 10 pixels of 96 x 64, grown by 500 / 120 on each side
    expect([left, top, right, bottom]).toEqual(
      [20 - 4.1667, 40 - 4.1667, 70 + 4.1667, 50 + 4.1667].map((side, at) =>
        expect.closeTo(side / (at % 2 === 0 ? 96 : 64), 3),
      ),
    );
  });

  it('turns a line that stands on its head, and its box with it', async () => {
    const upright = await read();
    calls.length = 0;
    says['orientation'] = () => ({ shape: [1, 2], values: Float32Array.of(0.05, 0.95) });
    const [line] = (await read()).lines;
    const [a, b, c, d] = upright.lines[0]!.box;
    expect(line!.box).toEqual([c, d, a, b]);
  });

  it('drops what it is not sure enough of, and what is blank', async () => {
    says['recognition'] = (_shape, call) => ({
      shape: [1, 1, 3],
      values: call === 1 ? Float32Array.of(0.4, 0.45, 0.15) : Float32Array.of(1, 0, 0),
    });
    expect(await read()).toEqual({ lines: [], leftOut: [], tooLate: 0 });
  });

  it('leaves out the lines that it cannot begin in time, and says where they are', async () => {
    const whole = await read();
    calls.length = 0;
    const { lines, leftOut, tooLate } = await read(0);
    expect({ lines, tooLate }).toEqual({ lines: [], tooLate: 2 });
    expect(calls).toEqual(['detection']);
    expect(leftOut).toEqual([whole.lines[1]!.box, whole.lines[0]!.box]);
  });

  it('takes the picture’s memory', async () => {
    const session = await TextSession.open(pack);
    const picture = view();
    await session.run([picture]);
    expect(picture.data).toHaveLength(0);
  });
});
