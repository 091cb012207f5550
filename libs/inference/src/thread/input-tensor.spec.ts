import { describe, expect, it } from '@jest/globals';
import type { PackInput } from '../packs/manifest.js';
import { InputTensor } from './input-tensor.js';

const resize = { kind: 'antialiased-bilinear', minShortSide: 2 } as const;
const input = (given: Partial<PackInput>): PackInput => ({
  name: 'image',
  width: 2,
  height: 1,
  layout: 'nhwc',
  dtype: 'uint8',
  normalisation: 'in-graph',
  ...given,
});
/** two pixels: red 255 0 51, then 0 255 102 */
const picture = { data: Uint8Array.of(255, 0, 51, 0, 255, 102), width: 2, height: 1 };

describe('the input tensor', () => {
  it('holds bytes as they are, picture after picture', () => {
    const tensor = new InputTensor({ input: input({}), resize }, 2);
    tensor.put({ data: new Uint8Array(6).fill(9), width: 2, height: 1 }, 0);
    tensor.put(picture, 1);
    expect([...tensor.view(2)]).toEqual([9, 9, 9, 9, 9, 9, 255, 0, 51, 0, 255, 102]);
    expect(tensor.shape(2)).toEqual([2, 1, 2, 3]);
  });

  it('holds normalised planes for a graph that wants channels first', () => {
    const normalisation = { mean: [0.5, 0.5, 0], std: [0.5, 1, 2] } satisfies PackInput['normalisation'];
    const tensor = new InputTensor(
      { input: input({ layout: 'nchw', dtype: 'float32', normalisation }), resize },
      1,
    );
    tensor.put(picture, 0);
    const values = [1, -1, -0.5, 0.5, 0.1, 0.2];
    [...tensor.view(1)].forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 6));
    expect(tensor.shape(1)).toEqual([1, 3, 1, 2]);
  });

  it('holds floats 0–255 where the graph normalises them', () => {
    const tensor = new InputTensor({ input: input({ dtype: 'float32' }), resize }, 1);
    tensor.put(picture, 0);
    expect([...tensor.view(1)]).toEqual([255, 0, 51, 0, 255, 102]);
  });
});
