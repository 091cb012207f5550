import { describe, expect, it } from '@jest/globals';
import { efficientNet, embeddingLength } from './efficientnet.js';

const shape = { side: 224, width: 1, depth: 1, lite: true, labels: 1_000, precision: 'float32' } as const;
const small = { ...shape, side: 32, width: 0.25, depth: 0.5, lite: false, labels: 10 };

describe('An EfficientNet with weights by chance', () => {
  it('is the same each time, and half as large in half precision', () => {
    const graph = efficientNet(small);
    expect(Buffer.compare(graph, efficientNet(small))).toBe(0);
    const half = efficientNet({ ...small, precision: 'float16' });
    expect(half.length / graph.length).toBeCloseTo(0.5, 1);
  });

  it('gives the embedding that its width says', () => {
    expect(embeddingLength({ width: 1.4, lite: false })).toBe(1_792);
    expect(embeddingLength(shape)).toBe(1_280);
  });
});
