import { castTo, OnnxGraph } from '../../../models/conversion/onnx-graph.js';

/**
 * A graph that takes what a model of this size takes and gives as much as it gives, and computes next to nothing: what
 * a picture costs with it is what it costs beside the model. Bytes [batch, side, side, 3] in.
 */
export const noModel = (side: number, labels: number, embedding: number): Uint8Array => {
  const graph = new OnnxGraph('no-model');
  const image = graph.input('image', 'uint8', ['batch', side, side, 3]);
  // one byte of each row, then the largest of them
  const corners = graph.node('MaxPool', [image], { kernel_shape: [1, 1], strides: [side, 3] }, 'corners');
  const numbers = graph.node('Cast', [corners], { to: castTo.float32 }, 'numbers');
  const flat = graph.node('Flatten', [numbers], { axis: 1 }, 'flat');
  const one = graph.node('ReduceMax', [flat], { axes: [1], keepdims: 1 }, 'one');
  const spread = (length: number, name: string): string =>
    graph.constant(name, [1, length], new Float32Array(length).fill(1 / 255));
  graph.output('probabilities', 'float32', ['batch', labels]);
  graph.output('embedding', 'float32', ['batch', embedding]);
  graph.node(
    'Softmax',
    [graph.node('MatMul', [one, spread(labels, 'l')], {}, 'logits')],
    { axis: 1 },
    'probabilities',
  );
  graph.node('MatMul', [one, spread(embedding, 'e')], {}, 'embedding');
  return graph.toBytes();
};
