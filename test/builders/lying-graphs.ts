import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type ModelProto,
} from 'onnx-buf';
import { OnnxGraph } from '../../scripts/models/conversion/onnx-graph.js';

/**
 * Graphs that take and give what `aPack` says, float planes [batch, 3, 4, 4] in and three values out, and that are not
 * what they seem.
 */

/** The mean of each plane, and something done to it. */
const graphOf = (last: (graph: OnnxGraph, means: string) => void): Uint8Array => {
  const graph = new OnnxGraph('liar');
  const planes = graph.input('planes', 'float32', ['batch', 3, 4, 4]);
  const pooled = graph.node('GlobalAveragePool', [planes], {}, 'pooled');
  graph.output('means', 'float32', ['batch', 3]);
  last(graph, graph.node('Flatten', [pooled], { axis: 1 }, 'flat'));
  return graph.toBytes();
};

const three = (graph: OnnxGraph, name: string, value: number): string =>
  graph.constant(name, [3], Float32Array.of(value, value, value));

/** NaN for every picture. */
export const nothingButNaN = (): Uint8Array =>
  graphOf((graph, means) => graph.node('Add', [means, three(graph, 'nan', NaN)], {}, 'means'));

/** √(limit − mean): a number for dark pictures, NaN for bright ones. */
export const nanWhenBright = (limit: number): Uint8Array =>
  graphOf((graph, means) => {
    const left = graph.node('Sub', [three(graph, 'limit', limit), means], {}, 'left');
    graph.node('Sqrt', [left], {}, 'means');
  });

/** The same for every picture. */
export const alwaysTheSame = (): Uint8Array =>
  graphOf((graph, means) => {
    const nothing = graph.node('Mul', [means, three(graph, 'zero', 0)], {}, 'nothing');
    graph.node('Add', [nothing, three(graph, 'half', 0.5)], {}, 'means');
  });

/** Enlarges the planes to `side` before it takes their mean: 12 · side² bytes for a picture. */
export const largeInside = (side: number): Uint8Array => {
  const graph = new OnnxGraph('liar');
  const planes = graph.input('planes', 'float32', ['batch', 3, 4, 4]);
  const scales = graph.constant('scales', [4], Float32Array.of(1, 1, side / 4, side / 4));
  const large = graph.node('Resize', [planes, '', scales], {}, 'large');
  // between the two, so that no optimiser makes one of them
  const rectified = graph.node('Sigmoid', [large], {}, 'rectified');
  const pooled = graph.node('GlobalAveragePool', [rectified], {}, 'pooled');
  graph.output('means', 'float32', ['batch', 3]);
  graph.node('Flatten', [pooled], { axis: 1 }, 'means');
  return graph.toBytes();
};

const honest = (): Uint8Array => graphOf((graph, means) => graph.node('Relu', [means], {}, 'means'));

const changed = (graph: Uint8Array, change: (model: ModelProto) => void): Uint8Array => {
  const model = fromBinary(ModelProtoSchema, graph);
  change(model);
  return toBinary(ModelProtoSchema, model);
};

/** Asks for an operator set that nobody has yet. */
export const fromTheFuture = (): Uint8Array =>
  changed(honest(), (model) => {
    model.opsetImport[0]!.version = 999n;
  });

/** Its last operator is one of somebody's own. */
export const withCustomOperator = (): Uint8Array =>
  changed(honest(), (model) => {
    model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'acme', version: 1n }));
    Object.assign(model.graph!.node.at(-1)!, { opType: 'Sharpen', domain: 'acme' });
  });

/** Its weights lie in a file beside it, or anywhere on the machine. */
export const withWeightsElsewhere = (place: string): Uint8Array =>
  changed(
    graphOf((graph, means) => graph.node('Mul', [means, three(graph, 'factor', 1)], {}, 'means')),
    (model) => {
      const [weights] = model.graph!.initializer;
      weights!.rawData = new Uint8Array(0);
      weights!.dataLocation = TensorProto_DataLocation.EXTERNAL;
      weights!.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: place })];
    },
  );

/** Goes round a loop for longer than anybody lives. */
export const endless = (): Uint8Array => {
  const { FLOAT, INT64, BOOL } = TensorProto_DataType;
  const scalar = (name: string, elemType: number, shape: bigint[] = []) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: 'tensorType',
          value: {
            elemType,
            shape: { dim: shape.map((value) => ({ value: { case: 'dimValue' as const, value } })) },
          },
        },
      },
    });
  const body = create(GraphProtoSchema, {
    name: 'round',
    input: [scalar('i', INT64), scalar('go', BOOL), scalar('before', FLOAT, [3n])],
    output: [scalar('goOn', BOOL), scalar('after', FLOAT, [3n])],
    node: [
      create(NodeProtoSchema, { opType: 'Identity', input: ['go'], output: ['goOn'] }),
      create(NodeProtoSchema, { opType: 'Sin', input: ['before'], output: ['after'] }),
    ],
  });
  const first = graphOf((graph, means) => {
    graph.node('Add', [means, 'round'], {}, 'means');
    three(graph, 'start', 1);
  });
  return changed(first, ({ graph }) => {
    graph!.initializer.push(
      create(TensorProtoSchema, { name: 'rounds', dataType: INT64, int64Data: [2n ** 62n] }),
      create(TensorProtoSchema, { name: 'true', dataType: BOOL, int32Data: [1] }),
    );
    const loop = create(NodeProtoSchema, {
      opType: 'Loop',
      input: ['rounds', 'true', 'start'],
      output: ['round'],
      attribute: [
        create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g: body }),
      ],
    });
    graph!.node.splice(-1, 0, loop);
  });
};
