import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';
import { collect } from './collect.js';

const limits = (over: Partial<Parameters<typeof collect>[1]> = {}) => ({
  maxBytes: 1000,
  timeoutMs: 10_000,
  budget: new ByteBudget(10_000),
  ...over,
});

describe('Collecting a body', () => {
  it('gives all bytes and their sha256', async () => {
    const chunks = [Buffer.from('one '), Buffer.from('two '), Buffer.from('three')];
    const { bytes, sha256 } = await collect(Readable.from(chunks, { objectMode: false }), limits());
    expect(bytes.toString()).toBe('one two three');
    expect(sha256).toBe(createHash('sha256').update('one two three').digest('hex'));
  });

  it('accepts exactly the limit', async () => {
    const { bytes } = await collect(Readable.from([Buffer.alloc(1000)]), limits());
    expect(bytes).toHaveLength(1000);
  });

  it('refuses one byte more before the rest has arrived', async () => {
    const source = new PassThrough();
    source.write(Buffer.alloc(1001));
    await expect(collect(source, limits())).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(source.readableEnded).toBe(false);
  });

  it('charges the budget while it reads, and gives all back when it refuses', async () => {
    const budget = new ByteBudget(10_000);
    const source = new PassThrough();
    const collected = collect(source, limits({ budget, maxBytes: 500 }));
    source.write(Buffer.alloc(400));
    await new Promise(setImmediate);
    expect(budget.held).toBe(400);
    source.write(Buffer.alloc(400));
    await expect(collected).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(budget.held).toBe(0);
  });

  it('is overloaded when other bodies have taken the memory', async () => {
    const budget = new ByteBudget(100);
    budget.take(90);
    await expect(collect(Readable.from([Buffer.alloc(11)]), limits({ budget }))).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(budget.held).toBe(90);
  });

  it('refuses a body that breaks off', async () => {
    const source = new PassThrough();
    const collected = collect(source, limits());
    source.write('half');
    source.destroy();
    await expect(collected).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses a body that breaks off with an error, and survives another error later', async () => {
    const source = new PassThrough();
    const collected = collect(source, limits());
    source.emit('error', new Error('aborted'));
    await expect(collected).rejects.toMatchObject({ code: 'invalid_request' });
    expect(() => source.emit('error', new Error('again'))).not.toThrow();
  });

  it('refuses a body that takes too long', async () => {
    await expect(collect(new PassThrough(), limits({ timeoutMs: 1 }))).rejects.toMatchObject({
      code: 'request_timeout',
    });
  });
});
