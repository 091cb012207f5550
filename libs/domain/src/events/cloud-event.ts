import { z } from 'zod';

/** CloudEvents 1.0 attributes (https://github.com/cloudevents/spec, v1.0.2), JSON format, around one kind of data. */
export const cloudEvent = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({
    specversion: z.literal('1.0'),
    /** unique with `source`; the same on every redelivery */
    id: z.string().min(1).max(128),
    source: z.string().min(1),
    type: z.literal(type),
    /** the content's id; the key by which a bus may partition */
    subject: z.uuid(),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    /** W3C trace context, where tracing is on */
    traceparent: z.string().optional(),
    data,
  });
