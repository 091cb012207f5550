import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IHeaders, KafkaMessage as AnyMessage, Message } from 'kafkajs';
import { aFlaggedEvent, aSubmittedEvent } from '../../../../test/builders/event.builder.js';
import { headerOf, readMessage, retryMessage, toMessage } from './message.js';

/** As brokers of today store messages. */
type KafkaMessage = Exclude<AnyMessage, { size: number }>;

const acceptedAt = 1_700_000_000_000;

/** As it comes from the broker: headers and value are buffers by then. */
const received = ({ key, value, headers }: Message): KafkaMessage => ({
  key: key === undefined || key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, header]) => [name, Buffer.from(header as string)]),
  ),
  timestamp: String(acceptedAt),
  attributes: 0,
  offset: '7',
});
const flagged = (message: KafkaMessage) => readMessage('content.flagged', message);
const withHeaders = (changed: IHeaders): KafkaMessage => {
  const message = received(toMessage(aFlaggedEvent()));
  return { ...message, headers: { ...message.headers, ...changed } };
};

describe('An event as a message', () => {
  it('has the attributes in headers, the data as its value and the subject as its key', () => {
    const event = {
      ...aSubmittedEvent(),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const { key, value, headers } = toMessage(event);
    expect(key).toBe(event.subject);
    expect(JSON.parse(value.toString())).toEqual(event.data);
    expect(headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: event.source,
      ce_type: event.type,
      ce_subject: event.subject,
      ce_time: event.time,
      ce_traceparent: event.traceparent,
    });
  });

  it('comes back as it was, whatever its words', () => {
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(words, words, fc.option(words, { nil: undefined }), (id, source, traceparent) => {
        const event = {
          ...aFlaggedEvent(),
          id,
          source,
          ...(traceparent === undefined ? {} : { traceparent }),
        };
        expect(flagged(received(toMessage(event)))).toEqual({
          ok: true,
          value: { event, attempt: 1, notBefore: 0, acceptedAt: new Date(acceptedAt) },
        });
      }),
    );
  });

  it('keeps all that it came with when it is retried, and knows its try, its due time and when it was accepted', () => {
    const event = aFlaggedEvent();
    const sent = received(toMessage(event));
    const first = { ...sent, headers: { ...sent.headers, 'x-stranger': Buffer.from('stays') } };
    const again = { ...received(retryMessage(first, { attempt: 2, notBefore: 1_234.5 })), timestamp: '9' };
    expect(headerOf(again.headers, 'x-stranger')).toBe('stays');
    expect(again.key).toEqual(first.key);
    const third = { ...received(retryMessage(again, { attempt: 3, notBefore: 5_000 })), timestamp: '10' };
    expect(flagged(again)).toMatchObject({ value: { attempt: 2, notBefore: 1_235 } });
    expect(flagged(third)).toEqual({
      ok: true,
      value: {
        event,
        attempt: 3,
        notBefore: 5_000,
        acceptedAt: new Date(acceptedAt),
      },
    });
  });

  it('is read in structured mode as well', () => {
    const event = aFlaggedEvent();
    const message = received({
      value: JSON.stringify(event),
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    });
    expect(flagged(message)).toMatchObject({ ok: true, value: { event } });
  });

  it('is JSON with or without a character set', () => {
    expect(flagged(withHeaders({ 'content-type': Buffer.from('application/json; charset=utf-8') })).ok).toBe(
      true,
    );
  });

  it.each<[string, KafkaMessage, RegExp]>([
    ['without a value', { ...withHeaders({}), value: null }, /no value/],
    ['that is no JSON', { ...withHeaders({}), value: Buffer.from('{"data":') }, /no JSON/],
    [
      'of another type',
      withHeaders({ ce_type: Buffer.from('sluice.content.judged.v1') }),
      /^type: .*judged\.v1/,
    ],
    ['of a later version', withHeaders({ ce_type: Buffer.from('sluice.content.flagged.v9') }), /^type: .*v9/],
    ['of another CloudEvents version', withHeaders({ ce_specversion: Buffer.from('0.3') }), /specversion/],
    ['without any attribute', { ...withHeaders({}), headers: {} }, /no CloudEvent/],
    ['without an id', withHeaders({ ce_id: Buffer.from('') }), /schema: id/],
    [
      'whose data break the schema',
      { ...withHeaders({}), value: Buffer.from('{"nonsense":1}') },
      /data\.content/,
    ],
    ['whose data are no object', { ...withHeaders({}), value: Buffer.from('[null]') }, /data/],
    ['that is too long', { ...withHeaders({}), value: Buffer.alloc(1_048_577) }, /1048577 bytes/],
    [
      'in structured mode that is no object',
      received({ value: '7', headers: { 'content-type': 'application/cloudevents+json' } }),
      /no CloudEvent/,
    ],
  ])('is unreadable %s, and says why in one line', (_, message, reason) => {
    const read = flagged(message);
    if (read.ok) throw new Error('it was read');
    expect(read.detail).toMatch(reason);
    expect(read.detail).not.toContain('\n');
  });

  it('never throws, whatever stands in headers and value', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const names = fc.constantFrom(
      'ce_id',
      'ce_type',
      'content-type',
      'sluice-attempt',
      'sluice-not-before',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.oneof(bytes, fc.array(bytes))), bytes, (headers, value) => {
        flagged({ ...withHeaders(headers), value });
        flagged({ ...received({ value, headers: {} }), headers: headers });
      }),
    );
  });

  it('takes our own headers for what they are worth', () => {
    const strange = withHeaders({
      'sluice-attempt': Buffer.from('-1'),
      'sluice-not-before': Buffer.from('soon'),
    });
    expect(flagged(strange)).toMatchObject({ value: { attempt: 1, notBefore: 0 } });
    expect(flagged(withHeaders({ 'sluice-attempt': Buffer.from('0') }))).toMatchObject({
      value: { attempt: 1 },
    });
  });
});
