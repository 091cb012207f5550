/** What a test needs to know of a span that was exported. */
export interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** '' for the first of a trace */
  parentSpanId: string;
  attributes: Record<string, string | boolean>;
}

type Field = { number: number; bytes: Buffer; value: bigint };

/** The fields of a protobuf message, in their order: https://protobuf.dev/programming-guides/encoding */
const fieldsOf = (message: Buffer): Field[] => {
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => message.subarray(at, (at += length));
  const fields: Field[] = [];
  while (at < message.length) {
    const key = Number(varint());
    const field: Field = { number: key >> 3, bytes: Buffer.alloc(0), value: 0n };
    const wireType = key & 7;
    if (wireType === 0) field.value = varint();
    else if (wireType === 1) field.bytes = take(8);
    else if (wireType === 2) field.bytes = take(Number(varint()));
    else if (wireType === 5) field.bytes = take(4);
    else throw new Error(`wire type ${wireType} is not known`);
    fields.push(field);
  }
  return fields;
};

const all = (message: Buffer, number: number): Field[] =>
  fieldsOf(message).filter((field) => field.number === number);
const one = (message: Buffer, number: number): Buffer => all(message, number)[0]?.bytes ?? Buffer.alloc(0);

const attributeOf = (pair: Buffer): [string, string | boolean] => {
  const value = one(pair, 2);
  const isTrue = all(value, 2)[0];
  return [one(pair, 1).toString(), isTrue ? isTrue.value === 1n : one(value, 1).toString()];
};

/**
 * The spans of an OTLP ExportTraceServiceRequest; field numbers by
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export const spansOf = (request: Buffer): ExportedSpan[] =>
  all(request, 1)
    .flatMap((resource) => all(resource.bytes, 2))
    .flatMap((scope) => all(scope.bytes, 2))
    .map(({ bytes: span }) => ({
      traceId: one(span, 1).toString('hex'),
      spanId: one(span, 2).toString('hex'),
      parentSpanId: one(span, 4).toString('hex'),
      name: one(span, 5).toString(),
      attributes: Object.fromEntries(all(span, 9).map(({ bytes }) => attributeOf(bytes))),
    }));
