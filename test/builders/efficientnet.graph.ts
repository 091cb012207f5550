import { OnnxGraph } from '../../scripts/models/conversion/onnx-graph.js';
import { seeded } from '../fixtures/pictures.js';

/** What a graph takes and gives. */
export const smallEfficientNet = { side: 16, labels: ['a', 'b', 'c', 'd', 'e'] };

const stemChannels = 8;
const expanded = 24;
const squeezed = 4;
const headChannels = 16;

/**
 * An EfficientNet in small (Tan and Le, 2019), with weights by chance: a stem, an inverted bottleneck (expansion,
 * depthwise convolution, squeeze and excitation, projection, residual), a head. Float planes [batch, 3, 16, 16] in,
 * five logits out.
 */
export const efficientNetGraph = (): Uint8Array => {
  const graph = new OnnxGraph('small-efficientnet');
  const random = seeded(7);
  const { side, labels } = smallEfficientNet;

  const weights = (name: string, shape: number[], fanIn: number): string => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => ((random() - 0.5) * 4) / Math.sqrt(fanIn));
    return graph.constant(name, shape, values);
  };
  const pointwise = (x: string, name: string, from: number, to: number): string =>
    graph.node('Conv', [x, weights(`${name}.w`, [to, from, 1, 1], from)], { kernel_shape: [1, 1] }, name);
  const swish = (x: string): string =>
    graph.node('Mul', [x, graph.node('Sigmoid', [x], {}, `${x}.gate`)], {}, `${x}.swish`);

  const planes = graph.input('planes', 'float32', ['batch', 3, side, side]);
  const stem = swish(
    graph.node(
      'Conv',
      [planes, weights('stem.w', [stemChannels, 3, 3, 3], 27)],
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      'stem',
    ),
  );
  const wide = swish(pointwise(stem, 'expand', stemChannels, expanded));
  const deep = swish(
    graph.node(
      'Conv',
      [wide, weights('depthwise.w', [expanded, 1, 3, 3], 9)],
      { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: expanded },
      'depthwise',
    ),
  );
  const pooled = graph.node('GlobalAveragePool', [deep], {}, 'squeeze');
  const excitation = pointwise(
    swish(pointwise(pooled, 'reduce', expanded, squeezed)),
    'excite',
    squeezed,
    expanded,
  );
  const gated = graph.node('Mul', [deep, graph.node('Sigmoid', [excitation], {}, 'gate')], {}, 'gated');
  const projected = pointwise(gated, 'project', expanded, stemChannels);
  const block = graph.node('Add', [projected, stem], {}, 'residual');
  const head = swish(pointwise(block, 'head', stemChannels, headChannels));
  const flat = graph.node(
    'Flatten',
    [graph.node('GlobalAveragePool', [head], {}, 'pool')],
    { axis: 1 },
    'flat',
  );
  graph.output('logits', 'float32', ['batch', labels.length]);
  graph.node(
    'MatMul',
    [flat, weights('classify.w', [headChannels, labels.length], headChannels)],
    {},
    'logits',
  );
  return graph.toBytes();
};
