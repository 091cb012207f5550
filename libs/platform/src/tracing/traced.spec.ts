import { setImmediate as turn } from 'node:timers/promises';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { Problem } from '../errors/problem.js';
import { createLogger } from '../logging/logger.js';
import { openTracing } from './sdk.js';
import { currentTraceparent, traced, tracedEach, tracedPart } from './traced.js';
import type { TracingSettings } from './tracing-settings.js';

const arrival = { kind: 'server', parent: undefined, attributes: { 'sluice.surface': 'chat' } } as const;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const remote = `00-${traceId}-${parentId}-01`;
const settings: TracingSettings = { exporter: 'otlp', sampler: 'parentbased_always_on', ratio: 1 };

describe('without tracing', () => {
  it('work is done, and told that no span is under way', async () => {
    expect(
      await traced('upload', { ...arrival, parent: remote }, () => Promise.resolve(currentTraceparent())),
    ).toBe(undefined);
    const same = Promise.resolve('done');
    expect(tracedPart('decode', () => same)).toBe(same);
    expect(traced('upload', arrival, () => same)).toBe(same);
    expect(
      await tracedEach(
        'record',
        () => {
          throw new Error('nobody asks for arrivals');
        },
        (spans) => Promise.resolve(spans),
      ),
    ).toEqual([]);
  });
});

describe('with tracing', () => {
  let exporter: InMemorySpanExporter;
  let close: () => Promise<void>;
  const open = (sampler: TracingSettings['sampler'] = settings.sampler): void => {
    exporter = new InMemorySpanExporter();
    const processor = new SimpleSpanProcessor({ exporter });
    close = openTracing('test', { ...settings, sampler }, createLogger('test', 'silent'), processor);
  };
  beforeEach(() => open());
  afterEach(() => close());

  const spanOf = async (name: string): Promise<ReadableSpan> => {
    await turn();
    return exporter.getFinishedSpans().find((span) => span.name === name)!;
  };

  it('a part belongs to the span under way, also where pieces of work run side by side', async () => {
    const upload = (name: string) =>
      traced(name, arrival, async () => {
        await turn();
        return tracedPart(`decode ${name}`, () => turn(null));
      });
    await Promise.all([upload('first'), upload('second')]);
    for (const name of ['first', 'second']) {
      const [parent, part] = [await spanOf(name), await spanOf(`decode ${name}`)];
      expect(part.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
      expect(part.spanContext().traceId).toBe(parent.spanContext().traceId);
      expect(parent.attributes).toEqual({ 'sluice.surface': 'chat' });
    }
    expect((await spanOf('first')).spanContext().traceId).not.toBe(
      (await spanOf('second')).spanContext().traceId,
    );
  });

  it('a part of nothing leaves no span', async () => {
    await tracedPart('load', () => Promise.resolve());
    expect(await spanOf('load')).toBeUndefined();
  });

  it('goes on with the trace that came along, and passes it on', async () => {
    const passedOn = await traced('upload', { ...arrival, parent: remote }, () =>
      Promise.resolve(currentTraceparent()),
    );
    const span = await spanOf('upload');
    expect(span.parentSpanContext).toMatchObject({ traceId, spanId: parentId });
    expect(passedOn).toBe(`00-${traceId}-${span.spanContext().spanId}-01`);
    expect(span.resource.attributes['service.name']).toBe('sluice-test');
  });

  it.each([
    'nonsense',
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `ff-${traceId}-${parentId}-01`,
    `${remote}-more`,
    `${remote}, ${remote}`,
    [remote],
  ])('begins a trace of its own where what came along is no traceparent: %s', async (parent) => {
    await traced('upload', { ...arrival, parent }, () => Promise.resolve());
    const span = await spanOf('upload');
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe(traceId);
  });

  it('records an error without the value that Postgres quotes, and throws it on', async () => {
    const error = Object.assign(new Error('invalid input syntax for type uuid: "private"'), {
      code: '22P02',
    });
    await expect(traced('upload', arrival, () => Promise.reject(error))).rejects.toBe(error);
    const span = await spanOf('upload');
    expect(span.status.message).toBe('invalid input syntax for type uuid: "…"');
    expect(span.events).toHaveLength(1);
    expect(JSON.stringify(span.events)).not.toContain('private');
  });

  it('marks no span as failed for a refusal, and names its code', async () => {
    await traced('upload', arrival, () => Promise.reject(new Problem('rate_limited', 'later'))).catch(
      () => undefined,
    );
    const span = await spanOf('upload');
    expect(span.status.code).toBe(0);
    expect(span.attributes['error.type']).toBe('rate_limited');
  });

  it('a piece of work on several arrivals is a span in the trace of each, failed in all of them', async () => {
    const other = remote.replaceAll('0af7', 'ffff');
    const arrivals = () => [remote, other].map((parent) => ({ ...arrival, parent }));
    const batch = tracedEach('record', arrivals, () => Promise.reject(new Error('down')));
    await expect(batch).rejects.toThrow('down');
    await turn();
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => span.spanContext().traceId)).toEqual([
      traceId,
      traceId.replace('0af7', 'ffff'),
    ]);
    expect(spans.map(({ status }) => status.message)).toEqual(['down', 'down']);
  });

  it('records nothing of a trace that is not sampled, and passes that on', async () => {
    await close();
    open('always_off');
    const passedOn = await traced('upload', arrival, () => Promise.resolve(currentTraceparent()));
    expect(passedOn).toMatch(/-00$/);
    expect(await spanOf('upload')).toBeUndefined();
  });
});
