import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { signatureHeader } from '../../../apps/review/src/webhooks/sending/signature.js';

const samples = fileURLToPath(new URL('../../../docs/webhooks/', import.meta.url));
const secret = 'whsec_6YfW1fHqkqK0mC2Yb8oJr0xg0v3m2s9nN5t7u1aBcDe';
const now = Date.parse('2026-03-01T12:00:00Z');
const body = JSON.stringify({ id: '1', data: { reference: 'naïve 🙂\u2028' } });
const header = signatureHeader([secret], body, new Date(now));
const [time, signature] = header.split(',') as [string, string];

interface Case {
  name: string;
  body: string;
  header: string | null;
  now: number;
  expected: boolean;
}
const genuine: Case = { name: 'genuine', body, header, now, expected: true };
const cases: Case[] = [
  genuine,
  { ...genuine, name: 'a little late', now: now + 299_000 },
  {
    ...genuine,
    name: 'two secrets, the old one known',
    header: signatureHeader(['whsec_new', secret], body, new Date(now)),
  },
  { ...genuine, name: 'spaces', header: `${time}, ${signature}` },
  { ...genuine, name: 'a part of a later version', header: `${time},v2=abc,${signature}` },
  { ...genuine, name: 'too old', now: now + 301_000, expected: false },
  { ...genuine, name: 'from the future', now: now - 301_000, expected: false },
  { ...genuine, name: 'another body', body: `${body} `, expected: false },
  {
    ...genuine,
    name: 'another secret',
    header: signatureHeader(['whsec_new'], body, new Date(now)),
    expected: false,
  },
  { ...genuine, name: 'another time', header: `t=${now / 1000 + 1},${signature}`, expected: false },
  { ...genuine, name: 'no signature', header: time, expected: false },
  { ...genuine, name: 'no time', header: signature, expected: false },
  { ...genuine, name: 'half a signature', header: header.slice(0, -1), expected: false },
  { ...genuine, name: 'not hex', header: `${time},v1=${'é'.repeat(64)}`, expected: false },
  { ...genuine, name: 'no number', header: `t=1e9,${signature}`, expected: false },
  { ...genuine, name: 'empty', header: '', expected: false },
  { ...genuine, name: 'missing', header: null, expected: false },
];

describe('the verifier in the docs', () => {
  it('for Node tells what Sluice signed from what it did not', async () => {
    const { isFromSluice } = (await import(pathToFileURL(`${samples}verify.mjs`).href)) as {
      isFromSluice: (
        body: string | Buffer,
        header: string | undefined,
        secret: string,
        options: { now: number },
      ) => boolean;
    };
    const verdicts = cases.map((each) => ({
      ...each,
      expected: isFromSluice(each.body, each.header ?? undefined, secret, { now: each.now }),
    }));
    expect(verdicts).toEqual(cases);
    expect(isFromSluice(Buffer.from(body), header, secret, { now })).toBe(true);
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  if (!hasPython) console.error('SKIPPED: docs/webhooks/verify.py is not tested, there is no python3 here');
  (hasPython ? it : it.skip)('for Python tells the same', () => {
    const program = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from verify import is_from_sluice
given = json.load(sys.stdin)
print(json.dumps([is_from_sluice(each["body"].encode(), each["header"], given["secret"], now=each["now"] / 1000)
                  for each in given["cases"]]))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', program, samples], {
      input: JSON.stringify({ secret, cases }),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const verdicts = JSON.parse(stdout) as boolean[];
    expect(cases.map((each, at) => ({ ...each, expected: verdicts[at] }))).toEqual(cases);
  });
});
