import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '#libs/database';
import { badImages, type BadImage, text } from '../../fixtures/bad-images.js';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { eventually } from '../eventually.js';
import { chunk, exchange, requestHead } from './raw-http.js';
import { type SendOptions, TestGateway } from './test-gateway.js';

const maxBytes = 4 * 1024 * 1024;

let gateway: TestGateway;
let photo: Buffer;
const images = await badImages();

beforeAll(async () => {
  gateway = await TestGateway.start({ MAX_BYTES: String(maxBytes), BODY_TIMEOUT_SECONDS: '2' });
  photo = await jpeg(scene(1));
});
afterAll(() => gateway.stop());

// Whatever was sent, the process lives, holds nothing of it, and judges the next picture. A request whose connection
// broke may be at work still when its caller has long gone.
afterEach(async () => {
  expect((await gateway.moderate(photo)).verdict).toBe('allow');
  await eventually(async () => {
    expect(await gateway.metric('sluice_gateway_upload_bytes')).toBe(0);
    expect(await gateway.metric('sluice_gateway_uploads_receiving')).toBe(0);
    expect(await gateway.metric('sluice_gateway_looks_in_progress')).toBe(0);
  });
});

const expectProblem = async (response: Response, status: number, code: string): Promise<void> => {
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ status, code, title: expect.any(String), detail: expect.any(String) });
  expect(body).not.toHaveProperty('verdict');
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
};

const statusOf: Record<BadImage['code'], number> = {
  invalid_request: 400,
  unsupported_media_type: 415,
  undecodable_image: 422,
  too_many_pixels: 422,
};

const form = (...parts: [string, Blob | string, string?][]): FormData => {
  const data = new FormData();
  for (const [name, value, fileName] of parts)
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, fileName);
  return data;
};
const blob = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)]);

describe('Refused in a raw body, with its code:', () => {
  it.each(images)('$name', async ({ bytes, declaredType, code }) => {
    const response = await gateway.post(bytes, { headers: { 'content-type': declaredType } });
    await expectProblem(response, statusOf[code], code);
  });
});

describe('Refused in a form, with its code:', () => {
  it.each(images)('$name', async ({ bytes, code }) => {
    await expectProblem(await gateway.post(form(['file', blob(bytes), 'a.jpg'])), statusOf[code], code);
  });
});

describe('Refused as a form:', () => {
  const formType = 'multipart/form-data; boundary=x';
  const cases: [string, () => FormData | { body: string; type?: string }, number, string][] = [
    ['no file', () => form(['note', 'hello']), 400, 'invalid_request'],
    ['two files', () => form(['file', blob(photo), 'a'], ['file', blob(photo), 'b']), 400, 'invalid_request'],
    ['three files', () => form(...threeFiles()), 400, 'invalid_request'],
    ['a file of another name', () => form(['picture', blob(photo), 'a']), 400, 'invalid_request'],
    ['a field named file', () => form(['file', 'not a file']), 400, 'invalid_request'],
    ['nothing at all', () => ({ body: '' }), 400, 'invalid_request'],
    ['no boundary', () => ({ body: 'x', type: 'multipart/form-data' }), 400, 'invalid_request'],
    [
      'another boundary than it says',
      () => ({ body: '--y\r\n\r\nhello\r\n--y--\r\n' }),
      400,
      'invalid_request',
    ],
    [
      'a part without its end',
      () => ({ body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhel' }),
      400,
      'invalid_request',
    ],
  ];
  const threeFiles = (): [string, Blob, string][] => [1, 2, 3].map(() => ['file', blob(photo), 'a']);
  const tenThousand = (name: string): [string, string][] =>
    Array.from({ length: 10_000 }, (_, index) => [`${name}${index}`, 'x']);

  it.each(cases)('%s', async (_what, make, status, code) => {
    const made = make();
    const response =
      made instanceof FormData
        ? await gateway.post(made)
        : await gateway.post(Buffer.from(made.body), { headers: { 'content-type': made.type ?? formType } });
    await expectProblem(response, status, code);
  });

  it.each([
    ['10 000 fields', () => form(...tenThousand('f'))],
    ['10 000 fields, then a file', () => form(...tenThousand('f'), ['file', blob(photo), 'a'])],
  ])('%s, by their number', async (_what, bomb) => {
    const response = await gateway.post(bomb());
    expect(await response.clone().json()).toMatchObject({
      detail: expect.stringContaining('too many parts'),
    });
    await expectProblem(response, 413, 'payload_too_large');
  });

  it('10 000 files, at the second or by their number', async () => {
    const files = Array.from({ length: 10_000 }, (): [string, Blob, string] => ['file', blob(text()), 'a']);
    const response = await gateway.post(form(...files));
    if (response.status === 413) await expectProblem(response, 413, 'payload_too_large');
    else await expectProblem(response, 400, 'invalid_request');
  });

  it('a file over the limit', async () => {
    const response = await gateway.post(form(['file', blob(Buffer.alloc(maxBytes + 1)), 'a']));
    await expectProblem(response, 413, 'payload_too_large');
  });
});

describe('Refused for its parameters:', () => {
  const cases: [string, SendOptions, number, string][] = [
    ['an unknown surface', { surface: 'billboard' }, 400, 'invalid_request'],
    ['a surface that is no word', { surface: 'a b' }, 400, 'invalid_request'],
    ['a surface named like a property of every object', { surface: 'constructor' }, 400, 'invalid_request'],
    ['an unknown mode', { query: { mode: 'later' } }, 400, 'invalid_request'],
    ['a reference of 513 characters', { query: { reference: 'x'.repeat(513) } }, 400, 'invalid_request'],
    ['a reference with NUL', { query: { reference: 'a\0b' } }, 400, 'invalid_request'],
    ['an empty audience', { query: { audience: '' } }, 400, 'invalid_request'],
    ['an audience below nobody', { query: { audience: '-1' } }, 400, 'invalid_request'],
    ['half a person', { query: { audience: '0.5' } }, 400, 'invalid_request'],
    ['more people than there are', { query: { audience: '9999999999' } }, 400, 'invalid_request'],
    ['an Idempotency-Key with a space', { headers: { 'idempotency-key': 'a b' } }, 400, 'invalid_request'],
    ['JSON', { headers: { 'content-type': 'application/json' } }, 415, 'unsupported_media_type'],
    [
      'a form of another kind',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    ['a malformed type', { headers: { 'content-type': 'image' } }, 415, 'unsupported_media_type'],
    ['a key that never was', { key: newApiKey().key }, 401, 'unauthorized'],
    ['a malformed key', { key: 'letmein' }, 401, 'unauthorized'],
    ['an empty key', { key: '' }, 401, 'unauthorized'],
  ];
  it.each(cases)('%s', async (_what, options, status, code) => {
    await expectProblem(await gateway.post(photo, options), status, code);
  });

  it('no key', async () => {
    const response = await fetch(`${gateway.url}/v1/moderate`, { method: 'POST', body: 'x' });
    await expectProblem(response, 401, 'unauthorized');
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('a path that is not there, and a method that does not fit', async () => {
    await expectProblem(await gateway.get('/v1/nothing'), 404, 'not_found');
    await expectProblem(await gateway.get('/v1/moderate'), 404, 'not_found');
  });
});

describe('A body that does not fit its Content-Length', () => {
  const head = (length: number): string =>
    requestHead(gateway.key, { 'content-type': 'image/jpeg', 'content-length': length });

  it('is never allowed when it is longer', async () => {
    const answer = await exchange(gateway.port, [
      Buffer.concat([Buffer.from(head(photo.length)), photo, Buffer.from('and more\r\n\r\n')]),
    ]);
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('"code":"invalid_request"');
    expect(answer).not.toContain('"allow"');
  });

  it('is never allowed when Content-Length cuts the picture', async () => {
    const answer = await exchange(gateway.port, [head(photo.length >> 1), photo]);
    expect(answer).toMatch(/HTTP\/1\.1 4(00|22)/);
    expect(answer).not.toContain('"allow"');
  });

  it('is refused when the caller has nothing more to send', async () => {
    const answer = await exchange(gateway.port, [head(photo.length + 1), photo], { finish: 'end' });
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).not.toContain('"allow"');
  });

  it('is refused when the rest does not come in time', async () => {
    const answer = await exchange(gateway.port, [head(photo.length + 1), photo], { enough: /\}$/ });
    expect(answer).toContain('HTTP/1.1 408');
    expect(answer).toContain('"code":"request_timeout"');
    expect(answer).not.toContain('"allow"');
  });
});

describe('A body over the limit', () => {
  const enough = /\}$/;

  it('is refused by its Content-Length, before a byte of it', async () => {
    const head = requestHead(gateway.key, { 'content-type': 'image/jpeg', 'content-length': maxBytes + 1 });
    const answer = await exchange(gateway.port, [head], { enough });
    expect(answer).toContain('HTTP/1.1 413');
    expect(answer).toContain('"code":"payload_too_large"');
  });

  it('is refused while it streams, before its end', async () => {
    const head = requestHead(gateway.key, { 'content-type': 'image/jpeg', 'transfer-encoding': 'chunked' });
    const answer = await exchange(
      gateway.port,
      [head, chunk(Buffer.alloc(maxBytes)), chunk(Buffer.alloc(1))],
      {
        enough,
      },
    );
    expect(answer).toContain('HTTP/1.1 413');
  });

  it('is not read to its end once it was refused: the connection ends', async () => {
    const head = requestHead(gateway.key, { 'content-type': 'image/jpeg', 'content-length': 1 << 30 });
    const answer = await exchange(gateway.port, [head, Buffer.alloc(64 * 1024)]);
    expect(answer).toContain('HTTP/1.1 413');
  });

  it('is accepted at exactly the limit, were it a picture', async () => {
    const response = await gateway.post(Buffer.alloc(maxBytes));
    await expectProblem(response, 415, 'unsupported_media_type');
  });
});

describe('A caller that is gone', () => {
  it('leaves nothing behind', async () => {
    const head = requestHead(gateway.key, { 'content-type': 'image/jpeg', 'content-length': photo.length });
    const controller = new AbortController();
    const aborted = fetch(`${gateway.url}/v1/moderate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'image/jpeg' },
      body: new Uint8Array(photo),
      signal: controller.signal,
    });
    controller.abort();
    await expect(aborted).rejects.toThrow();
    await exchange(gateway.port, [head, photo.subarray(0, 100)], { finish: 'end' });
  });

  it.each([
    'GARBAGE\r\n\r\n',
    'POST /v1/moderate HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
    'POST /v1/moderate HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ])('or never spoke HTTP: %j', async (bytes) => {
    const answer = await exchange(gateway.port, [bytes]);
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('application/problem+json');
  });
});
