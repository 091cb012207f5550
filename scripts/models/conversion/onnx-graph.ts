import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { toHalfFloats } from '#libs/domain';

const irVersion = 8n;
const opsetVersion = 17n;

type Attribute = number | { float: number } | readonly number[];
type Dimension = number | 'batch';

/** As ONNX's Cast names them in its attribute `to`. */
export const castTo = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
};
export type FloatType = keyof typeof castTo;

/**
 * Collects nodes and constants, and writes them as an ONNX model. The same calls give the same bytes: names are
 * counted, nothing holds a time or a path.
 */
export class OnnxGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  constructor(private readonly name: string) {}

  input(name: string, type: 'uint8' | 'float32', shape: Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: 'float32', shape: Dimension[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** Adds a constant of floats; returns its name. */
  constant(name: string, shape: number[], values: Float32Array, type: FloatType = 'float32'): string {
    const rawData = type === 'float16' ? Uint8Array.from(toHalfFloats(values)) : littleEndian(values);
    this.#constants.push(
      create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: castTo[type], rawData }),
    );
    return name;
  }

  /** Adds a node with one output; returns the output's name. Integers become `ints`/`int`, `{float}` a float. */
  node(opType: string, inputs: string[], attributes: Record<string, Attribute>, output: string): string {
    const attribute = Object.entries(attributes).map(([name, value]) => toAttribute(name, value));
    this.#nodes.push(
      create(NodeProtoSchema, { name: output, opType, input: inputs, output: [output], attribute }),
    );
    return output;
  }

  toBytes(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion,
      producerName: 'sluice models:build',
      opsetImport: [{ domain: '', version: opsetVersion }],
      graph: {
        name: this.name,
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }
}

/** raw_data is little-endian by definition; so is every machine that Node runs on but s390x. */
const littleEndian = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(byteLength);
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength));
  return bytes;
};

const toAttribute = (name: string, value: Attribute): AttributeProto => {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: value.map(BigInt),
  });
};

const elementTypes = { uint8: TensorProto_DataType.UINT8, float32: TensorProto_DataType.FLOAT };

const valueInfo = (name: string, type: keyof typeof elementTypes, shape: Dimension[]): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: elementTypes[type],
          shape: {
            dim: shape.map((side) => ({
              value:
                side === 'batch'
                  ? { case: 'dimParam' as const, value: side }
                  : { case: 'dimValue' as const, value: BigInt(side) },
            })),
          },
        },
      },
    },
  });
