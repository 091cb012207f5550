import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadPack } from '#libs/inference';
import { main } from '../../../scripts/models/add.js';
import { type ArchiveEntry, tarGz, zip } from '../../builders/archives.js';
import {
  alwaysTheSame,
  largeInside,
  nanWhenBright,
  withWeightsElsewhere,
} from '../../builders/lying-graphs.js';
import { aPack, type PackBuilder } from '../../builders/pack.builder.js';

/** MIT's own words, as far as the check goes. */
const licence =
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software';
const unlocked = { sha256: undefined };

let models: string;
let sources: string;
const said: string[] = [];
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'sluice-models-'));
  sources = await mkdtemp(join(tmpdir(), 'sluice-sources-'));
  said.length = 0;
  for (const method of ['log', 'error'] as const)
    jest.spyOn(console, method).mockImplementation((line: unknown) => void said.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(models, { recursive: true });
  await rm(sources, { recursive: true });
});

/** A pack's folder somewhere, with a whole licence. */
const written = async (pack: PackBuilder): Promise<string> => {
  const folder = join(await mkdtemp(join(sources, 'a-')), 'pack');
  await rename(await pack.write(), folder);
  await writeFile(join(folder, 'LICENSE'), licence).catch(() => undefined);
  return folder;
};
const add = async (given: string, ...flags: string[]): Promise<number> =>
  main([given, '--models-dir', models, '--pictures', '9', ...flags]);
const everything = (): string => said.join('\n');

/** What is in MODELS_DIR, hidden things included. */
const held = async (): Promise<string[]> => (await readdir(models)).sort();
const refused = async (given: string, reason: RegExp, ...flags: string[]): Promise<void> => {
  const before = await held();
  expect(await add(given, ...flags)).toBe(1);
  expect(everything()).toMatch(/Not added: /);
  expect(everything()).toMatch(reason);
  expect(await held()).toEqual(before);
};

describe('models:add from a folder', () => {
  it('tries the pack, prints what that showed, locks its checksum and puts it to the others', async () => {
    expect(await add(await written(aPack().with(unlocked)))).toBe(0);
    const pack = await loadPack(join(models, 'colours'));
    expect(everything()).toContain(`it is locked to ${pack.manifest.sha256} now`);
    expect(everything()).toMatch(/licence\s+│ Apache-2\.0/);
    expect(everything()).toMatch(/run\s+│ \d+\.\d ms median/);
    expect(everything()).toMatch(/memory\s+│ \d+ MB/);
    expect(everything()).toMatch(/colour\/red\s+│ 0\.\d{3}/);
    expect(pack.manifest.costClass).toBe('low');
    expect(await held()).toEqual(['checksums.lock.json', 'colours']);
    expect((await lstat(join(models, 'colours'))).mode & 0o777).toBe(0o755);
  });

  it('writes nothing when it is only a trial', async () => {
    expect(await add(await written(aPack()), '--dry-run')).toBe(0);
    expect(everything()).toContain('nothing was written');
    expect(await held()).toEqual([]);
  });

  it('leaves one alone that is there already, and replaces another version only when told to', async () => {
    expect(await add(await written(aPack()))).toBe(0);
    expect(await add(await written(aPack()))).toBe(0);
    expect(everything()).toContain('already');
    const second = await written(aPack().with({ version: '2' }).withGraph(alwaysTheSame()));
    await refused(second, /holds colours 1: --replace puts 2 in its place/);
    expect(await add(second, '--replace')).toBe(0);
    expect((await loadPack(join(models, 'colours'))).manifest.version).toBe('2');
    expect(await held()).toEqual(['checksums.lock.json', 'colours']);
  });

  it('refuses a version that had another graph when it was used first, also after it is gone', async () => {
    expect(await add(await written(aPack().with(unlocked)))).toBe(0);
    const changed = await written(aPack().with(unlocked).withGraph(alwaysTheSame()));
    await refused(changed, /colours@1 has sha256 .* and had .* when it was used first/, '--replace');
    await rm(join(models, 'colours'), { recursive: true });
    await refused(changed, /when it was used first/);
  });

  it('tells of what no single picture shows', async () => {
    expect(await add(await written(aPack().withGraph(alwaysTheSame())), '--dry-run')).toBe(0);
    expect(everything()).toContain('every picture has the same scores');
    expect(everything()).toContain('must say activation none');
  });

  it.each<[string, () => PackBuilder, RegExp]>([
    ['no licence file', () => aPack().without('LICENSE'), /LICENSE is missing|holds no licence/],
    [
      'no SPDX licence',
      () => aPack().with({ licence: 'free to use' }),
      /"free to use" is no SPDX identifier/,
    ],
    ['a licence that forbids it', () => aPack().with({ licence: 'UNLICENSED' }), /nobody may use/],
    [
      'another checksum than its manifest says',
      () => aPack().withChecksum('0'.repeat(64)),
      /the manifest says 0{64}/,
    ],
    [
      'a manifest from the future',
      () => aPack().with({ formatVersion: 2, era: 'late' }),
      /format version 2.*update Sluice/,
    ],
    ['a path for a graph', () => aPack().with({ file: '../model.onnx' }), /a file name inside/],
    [
      'weights elsewhere',
      () => aPack().withGraph(withWeightsElsewhere('/etc/passwd')),
      /keeps weights in other files/,
    ],
    [
      'a graph that fails on bright pictures',
      () => aPack().withGraph(nanWhenBright(0.2)),
      /no finite numbers/,
    ],
    [
      'no labels for its outputs',
      () => aPack().with({ labels: ['red', 'green'], benign: ['green'] }),
      /asks for float32 \[batch, 2\]/,
    ],
  ])('refuses one with %s, and leaves nothing behind', async (_case, pack, reason) => {
    const folder = await written(pack());
    if (_case === 'no licence file') await rm(join(folder, 'LICENSE'), { force: true });
    await refused(folder, reason);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'refuses one that wants more memory than it may have',
    async () => {
      const folder = await written(aPack().withGraph(largeInside(16_384)));
      await refused(folder, /more than (the )?600 MB of memory/, '--memory-megabytes', '600');
    },
  );

  it('refuses links and folders inside', async () => {
    const linked = await written(aPack().without('README.md'));
    await symlink('/etc/hostname', join(linked, 'README.md'));
    await refused(linked, /README\.md, which is a link/);
    const nested = await written(aPack());
    await mkdir(join(nested, 'more'));
    await refused(nested, /more, which is no plain file/);
  });

  it('says what can be named when nothing fits', async () => {
    await refused(
      'no-such-pack',
      /no folder here, no URL, and not in the catalogue, which has .*private-detector/,
    );
    await refused('private-detector', /must be converted first/);
  });
});

describe('models:add from a URL', () => {
  const served = new Map<string, Buffer>();
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url!;
      if (path.startsWith('/to/'))
        response.writeHead(302, { location: decodeURIComponent(path.slice(4)) }).end();
      else if (served.has(path)) response.end(served.get(path));
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });
  afterEach(() => served.clear());

  const filesOf = async (pack: PackBuilder): Promise<ArchiveEntry[]> => {
    const folder = await written(pack);
    const names = await readdir(folder);
    return Promise.all(names.map(async (path) => ({ path, content: await readFile(join(folder, path)) })));
  };
  const inFolder = (files: ArchiveEntry[]): ArchiveEntry[] =>
    files.map((file) => ({ ...file, path: `colours-1/${file.path}` }));

  it.each([
    ['a .tar.gz', tarGz],
    ['a .zip', zip],
  ])('takes %s, with its files in a folder or not, and litter left out', async (_kind, archive) => {
    const files = await filesOf(aPack());
    const flat = archive === tarGz ? files.map((file) => ({ ...file, path: `./${file.path}` })) : files;
    served.set('/flat', archive([...flat, { path: '.DS_Store', content: Buffer.from('x') }]));
    served.set('/folder', archive(inFolder(files)));
    expect(await add(`${origin}/flat`)).toBe(0);
    expect((await readdir(join(models, 'colours'))).sort()).toEqual(files.map(({ path }) => path).sort());
    expect(await add(`${origin}/to/${encodeURIComponent('/folder')}`)).toBe(0);
    expect(everything()).toContain('already');
  });

  it('takes a manifest, and what it names from beside it', async () => {
    for (const { path, content } of await filesOf(aPack().with(unlocked)))
      served.set(`/models/colours/${path}`, Buffer.from(content!));
    expect(await add(`${origin}/models/colours/manifest.json`)).toBe(0);
    expect((await loadPack(join(models, 'colours'))).manifest.name).toBe('colours');
  });

  it('refuses an archive that changed since it was used first', async () => {
    served.set('/pack', tarGz(await filesOf(aPack())));
    expect(await add(`${origin}/pack`)).toBe(0);
    served.set('/pack', tarGz(await filesOf(aPack().with({ source: 'elsewhere' }))));
    await refused(`${origin}/pack`, /\/pack has sha256 .* and had .* when it was used first/);
  });

  const bomb = { path: 'model.onnx', content: Buffer.alloc(8_000_000) };
  it.each<[string, Buffer, RegExp, ...string[]]>([
    ['a tar that unpacks to too much', tarGz([bomb]), /is larger than 1 MB/, '--most-megabytes', '1'],
    ['a zip that unpacks to too much', zip([bomb]), /is larger than 1 MB/, '--most-megabytes', '1'],
    ['more than may be fetched', Buffer.alloc(2_000_000), /is larger than 1 MB/, '--most-megabytes', '1'],
    [
      'a tar of too many files',
      tarGz(Array.from({ length: 65 }, (_, i) => ({ path: `f${i}` }))),
      /more than 64 files/,
    ],
    [
      'a tar with a link',
      tarGz([{ path: 'model.onnx', link: '/etc/passwd' }]),
      /no plain file but a SymbolicLink/,
    ],
    ['a zip with a link', zip([{ path: 'model.onnx', link: '/etc/passwd' }]), /is a link/],
    ['a tar that leads out', tarGz([{ path: '../../evil', content: Buffer.from('x') }]), /leads out/],
    [
      'a zip that leads out',
      zip([{ path: '../../evil', content: Buffer.from('x') }]),
      /relative path|leads out/,
    ],
    ['a tar from the root', tarGz([{ path: '/evil', content: Buffer.from('x') }]), /leads out/],
    ['a tar with a name twice', tarGz([{ path: 'a' }, { path: './a' }]), /twice/],
    ['a tar with folders', tarGz([{ path: 'a/b/c' }]), /more than one folder/],
    ['a tar that is cut off', tarGz([bomb]).subarray(0, 2_000), /cannot be unpacked/],
    ['a page', Buffer.from('<html>not here</html>'), /neither a \.tar\.gz nor a \.zip/],
  ])('refuses %s', async (_case, archive, reason, ...flags) => {
    served.set('/pack', archive);
    await refused(`${origin}/pack`, reason, ...flags);
  });

  it('refuses what anybody on the way could change, also by a redirect', async () => {
    await refused('http://models.example/pack.zip', /only https is fetched/);
    await refused('file:///etc/passwd', /only https is fetched/);
    await refused(
      `${origin}/to/${encodeURIComponent('http://models.example/pack.zip')}`,
      /only https is fetched/,
    );
    await refused(`${origin}/nowhere`, /answered 404/);
  });

  it('refuses a server that is not there', async () => {
    await refused('http://127.0.0.1:9/pack.zip', /could not be fetched: .*ECONNREFUSED|bad port/);
  });
});
