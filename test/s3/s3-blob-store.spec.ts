import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { blobKeyFor, BlobUnavailable, S3BlobStore, type S3Settings } from '#libs/blobs';
import { ConfigError, createLogger } from '#libs/platform';
import { S3Server } from '../../scripts/services/s3-server.js';
import { blobStoreContract } from '../contracts/blob-store.contract.js';
import { eventually } from '../medium/eventually.js';

let folder: string;
let server: S3Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  server = await S3Server.start({ folder });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const settings = (over: Partial<S3Settings> = {}): S3Settings => ({
  bucket: server.bucket,
  endpoint: server.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  pathStyle: true,
  timeoutMs: 20_000,
  ...over,
});

const picture = (size = 1000): { key: string; bytes: Buffer } => {
  const bytes = randomBytes(size);
  return { key: blobKeyFor(createHash('sha256').update(bytes).digest('hex')), bytes };
};

const emptied = async (store: S3BlobStore): Promise<S3BlobStore> => {
  for await (const { key } of store.list()) await store.delete(key);
  return store;
};

/** The server keeps objects as files, and their times as the files'. */
const backdate = async (key: string, storedAt: Date): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const file = entries.find((each) => each.isFile() && join(each.parentPath, each.name).endsWith(key));
  await utimes(join(file!.parentPath, file!.name), storedAt, storedAt);
};

blobStoreContract('The S3 store', async () => ({
  store: await emptied(await S3BlobStore.open(settings())),
  another: () => S3BlobStore.open(settings()),
  backdate,
  dispose: async () => {},
}));

describe('The S3 store', () => {
  let opened: S3BlobStore[];
  beforeEach(() => {
    opened = [];
  });
  afterEach(() => Promise.all(opened.map((store) => store.close())));

  const open = async (over: Partial<S3Settings> = {}): Promise<S3BlobStore> => {
    const store = await S3BlobStore.open(settings(over));
    opened.push(store);
    return store;
  };

  it('takes and gives back a picture of 20 MB', async () => {
    const store = await open();
    const { key, bytes } = picture(20 * 1024 * 1024);
    await store.put(key, bytes);
    expect((await store.get(key))?.equals(bytes)).toBe(true);
  });

  it('takes hundreds at once, and lists them over several pages, each once', async () => {
    const store = await emptied(await open());
    const pictures = Array.from({ length: 1100 }, () => picture());
    await Promise.all(pictures.map(({ key, bytes }) => store.put(key, bytes)));
    const listed: string[] = [];
    for await (const { key } of store.list()) listed.push(key);
    expect(listed.sort()).toEqual(pictures.map(({ key }) => key).sort());
  });

  it('is refused bytes that are not those of the key', async () => {
    const store = await open();
    const { key } = picture();
    await expect(store.put(key, picture().bytes)).rejects.toThrow(BlobUnavailable);
    expect(await store.get(key)).toBeUndefined();
  });

  it.each([
    ['S3_BUCKET', { bucket: 'not-there' }],
    ['S3_ACCESS_KEY_ID', { credentials: { accessKeyId: 'nobody', secretAccessKey: 'hunter2-hunter2' } }],
    ['S3_SECRET_ACCESS_KEY', { credentials: { accessKeyId: '', secretAccessKey: 'hunter2-hunter2' } }],
  ])('does not open where %s is wrong, and names it', async (name, over: Partial<S3Settings>) => {
    const { credentials } = over;
    const wrong = credentials && {
      ...credentials,
      accessKeyId: credentials.accessKeyId || server.accessKeyId,
    };
    const error = await open({ ...over, ...(wrong ? { credentials: wrong } : {}) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map((problem) => problem.name)).toEqual([name]);
    expect((error as ConfigError).message).not.toContain('hunter2');
  });

  it('says which variable to look at where nothing answers at the endpoint', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await eventually(() => expect(closed.listening).toBe(true));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(open({ endpoint: `http://127.0.0.1:${port}` })).rejects.toThrow(/S3_ENDPOINT/);
  });

  it('fails while the server is away, says why without secrets, and goes on when it is back', async () => {
    const store = await open({ timeoutMs: 5000 });
    const { key, bytes } = picture();
    await store.put(key, bytes);
    await server.kill();
    try {
      for (const attempt of [store.get(key), store.put(picture().key, picture().bytes), store.check()]) {
        await expect(attempt).rejects.toThrow(BlobUnavailable);
      }
      const error = await store.get(key).catch((thrown: unknown) => thrown);
      let line = '';
      createLogger('test', 'info', { write: (text) => (line += text) }).error({ err: error }, 'failed');
      expect(line).toContain('ECONNREFUSED');
      expect(line).not.toContain(server.secretAccessKey);
      expect(line).not.toContain('authorization');
    } finally {
      await server.restart();
    }
    await store.check();
    expect((await store.get(key))?.equals(bytes)).toBe(true);
  });
});

describe('The S3 store before a server of the test', () => {
  let other: Server;
  /** what the server does with a request from now on */
  let answer: Parameters<typeof createServer>[1] & {};
  let endpoint: string;
  let stored: Map<string, Buffer>;

  /** As much of S3 as a store needs to open. */
  const sound: typeof answer = (request, response) => {
    const path = new URL(request.url!, 'http://store').pathname;
    const body: Buffer[] = [];
    request.on('data', (part: Buffer) => body.push(part));
    request.on('end', () => {
      if (request.method === 'PUT') stored.set(path, Buffer.concat(body));
      const found = stored.get(path);
      if (path === '/sluice' || path === '/sluice/')
        return response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
      if (request.method === 'PUT') return response.end();
      response.statusCode = found ? 200 : 404;
      response.end(found ?? '<Error><Code>NoSuchKey</Code></Error>');
    });
  };
  const silent: typeof answer = () => undefined;

  beforeEach(async () => {
    stored = new Map();
    answer = sound;
    other = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await eventually(() => expect(other.listening).toBe(true));
    endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    other.closeAllConnections();
    other.close();
  });

  const open = (over: Partial<S3Settings> = {}): Promise<S3BlobStore> =>
    S3BlobStore.open(settings({ bucket: 'sluice', endpoint, timeoutMs: 1500, ...over }));

  it('ends each operation in its time when no answer comes, and heals', async () => {
    const store = await open();
    const { key, bytes } = picture();
    answer = silent;
    const listing = async () => {
      for await (const blob of store.list()) expect(blob).toBeUndefined();
    };
    const results = await Promise.allSettled([
      store.put(key, bytes),
      store.get(key),
      store.delete(key),
      store.deleteIfOlder(key, new Date()),
      store.check(),
      listing(),
    ]);
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(BlobUnavailable) });
    answer = sound;
    await store.put(key, bytes);
    expect((await store.get(key))?.equals(bytes)).toBe(true);
    await store.close();
  });

  it('ends in its time also when answers stop in the middle, and holds no connection for them', async () => {
    const store = await open();
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('the beginning');
    };
    // More than there are connections.
    const reads = await Promise.allSettled(Array.from({ length: 100 }, () => store.get(picture().key)));
    for (const read of reads)
      expect(read).toMatchObject({ status: 'rejected', reason: expect.any(BlobUnavailable) });
    answer = sound;
    await store.check();
    await store.close();
  });

  it('reads again when the connection is cut in the middle of an answer', async () => {
    const store = await open({ timeoutMs: 5000 });
    const { key, bytes } = picture();
    await store.put(key, bytes);
    answer = (request, response) => {
      answer = sound;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10), () => request.socket.destroy());
    };
    expect((await store.get(key))?.equals(bytes)).toBe(true);
    await store.close();
  });

  it('tries again what the server could not do at once', async () => {
    const store = await open({ timeoutMs: 10_000 });
    let refusals = 2;
    answer = (request, response) => {
      if (refusals-- <= 0) return sound(request, response);
      request.resume();
      response.statusCode = 503;
      response.end('<Error><Code>SlowDown</Code></Error>');
    };
    const { key, bytes } = picture();
    await store.put(key, bytes);
    expect((await store.get(key))?.equals(bytes)).toBe(true);
    await store.close();
  });

  it('sends the sha256 of the picture, and asks for encryption where it is set', async () => {
    const store = await open({ encryption: { algorithm: 'aws:kms', keyId: 'key-of-ours' } });
    const { key, bytes } = picture();
    let headers: Record<string, unknown> = {};
    answer = (request, response) => {
      headers = request.headers;
      return sound(request, response);
    };
    await store.put(key, bytes);
    expect(headers).toMatchObject({
      'x-amz-checksum-sha256': createHash('sha256').update(bytes).digest('base64'),
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-of-ours',
    });
    await store.close();
  });

  it('does not send a picture again that it stored lately, nor a large one that another process did', async () => {
    const [store, another] = [await open(), await open()];
    const [small, large] = [picture(), picture(1_000_000)];
    await store.put(small.key, small.bytes);
    await store.put(large.key, large.bytes);
    const asked: string[] = [];
    answer = (request, response) => {
      asked.push(`${request.method}`);
      request.resume();
      response.writeHead(200, {
        'content-length': large.bytes.length,
        'last-modified': new Date().toUTCString(),
      });
      response.end();
    };
    await store.put(small.key, small.bytes);
    await store.put(large.key, large.bytes);
    expect(asked).toEqual([]);
    await another.put(large.key, large.bytes);
    await another.put(large.key, large.bytes);
    expect(asked).toEqual(['HEAD']);
    await Promise.all([store.close(), another.close()]);
  });

  it('takes no other 404 for a picture that is not there', async () => {
    const store = await open();
    answer = (_request, response) => {
      response.statusCode = 404;
      response.end('<Error><Code>NoSuchBucket</Code></Error>');
    };
    await expect(store.get(picture().key)).rejects.toThrow(BlobUnavailable);
    answer = (_request, response) => {
      response.statusCode = 404;
      response.end('<html>No such page</html>');
    };
    await expect(store.get(picture().key)).rejects.toThrow(BlobUnavailable);
    await store.close();
  });

  it('repeats no secret that the server wrote into its error', async () => {
    const secret = 'hunter2-hunter2';
    const store = await open({ credentials: { accessKeyId: 'the-key-id', secretAccessKey: secret } });
    answer = (_request, response) => {
      response.statusCode = 400;
      response.end(`<Error><Code>Odd</Code><Message>the-key-id with ${secret}</Message></Error>`);
    };
    const error = await store.get(picture().key).catch((thrown: unknown) => thrown);
    const { cause } = error as { cause: Error };
    expect(cause.message).toContain('Odd');
    expect(`${cause.message}${JSON.stringify(cause)}${cause.stack}`).not.toMatch(/hunter2|the-key-id/);
    await store.close();
  });
});
