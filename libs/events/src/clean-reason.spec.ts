import { describe, expect, it } from '@jest/globals';
import { cleanReason } from './clean-reason.js';

describe('cleanReason', () => {
  it('leaves an ordinary reason as it is', () => {
    for (const reason of [
      'the picture cannot be decoded',
      'subject: Invalid UUID; data.content: expected object',
      'connect ECONNREFUSED 127.0.0.1:9000',
      'at 12:30 the model was away',
    ])
      expect(cleanReason(reason)).toBe(reason);
  });

  it.each([
    ['postgres://sluice:hunter2@db.internal:5432/sluice refused', 'hunter2'],
    ['postgres://sluice:p@ss:hunter2@db.internal refused', 'hunter2'],
    ['no route to sluice:hunter2@db.internal', 'hunter2'],
    ['The key AKIAIOSFODNN7EXAMPLE is not known', 'AKIAIOSFODNN7EXAMPLE'],
    ['aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY was refused', 'wJalrXUtnFEMI'],
    ['{"secretAccessKey":"wJalrXUtnFEMI"}', 'wJalrXUtnFEMI'],
    ['Authorization: Bearer eyJhbGciOi.J9.abc-def was refused', 'eyJhbGciOi'],
    ['GET /blob?X-Amz-Credential=abc&X-Amz-Signature=deadbeef: 403', 'deadbeef'],
    ['password: hunter2', 'hunter2'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', 'MIIEvQ'],
  ])('keeps no credentials: %s', (reason, secret) => {
    expect(cleanReason(reason)).not.toContain(secret);
    expect(cleanReason(reason)).toContain('***');
  });

  it('drops a stack, and makes one line of many', () => {
    const { stack } = new Error('the store\nis away');
    expect(cleanReason(stack!)).toBe('Error: the store is away');
  });

  it('is no longer than 2 000 characters, also when a pair of surrogates is in the way', () => {
    expect(cleanReason('x'.repeat(100_000))).toHaveLength(2_000);
    expect(cleanReason(`${'x'.repeat(1_998)}\u{1f600}${'y'.repeat(9)}`)).not.toMatch(/\p{Cs}/u);
  });

  it('holds nothing that jsonb refuses', () => {
    const clean = cleanReason('a NUL \0 and half a pair \ud83d');
    expect(clean).toBe('a NUL and half a pair \ufffd');
  });
});
