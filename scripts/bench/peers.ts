import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';

/** The services that we measure ourselves against, with what they need installed under `.data/bench`. */
const peersFolder = join(projectRoot, '..', 'shared', 'peers');
const workFolder = join(projectRoot, '.data', 'bench', 'peers');

/** The runtime's version is ours, so that the services differ and not the runtimes. */
const pythonPackages = [
  'fastapi',
  'uvicorn',
  'uvloop',
  'httptools',
  'onnxruntime==1.30.0',
  'pillow',
  'numpy',
];
const nodePackages = [
  'nsfwjs@4.4.0',
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
  'express@5',
  'multer@2',
  'sharp@0.35.5',
];

export interface Peer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export const havePeers = (): boolean => existsSync(peersFolder);

/** A tuned Python service: two uvicorn workers, the same ONNX graph. */
export const startFastApi = async (model: string): Promise<Peer> => {
  const venv = join(workFolder, 'venv');
  if (!existsSync(join(venv, 'bin', 'uvicorn'))) {
    mkdirSync(workFolder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', venv]);
    execFileSync(join(venv, 'bin', 'pip'), ['install', '--quiet', ...pythonPackages], { stdio: 'inherit' });
  }
  const port = await freePort();
  const settings =
    '--workers 2 --loop uvloop --http httptools --no-access-log --log-level warning --host 127.0.0.1';
  return start(
    spawn(join(venv, 'bin', 'uvicorn'), ['fastapi_ort:app', ...settings.split(' '), '--port', String(port)], {
      cwd: peersFolder,
      env: { ...process.env, MODEL: model, THREADS: '2', INTRA: '1', PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
    port,
  );
};

/** What users of nsfwjs run: Express, multer, tfjs on WebAssembly, two processes. */
export const startNsfwjsExpress = async (): Promise<Peer> => {
  const folder = join(workFolder, 'nsfwjs');
  if (!existsSync(join(folder, 'node_modules', 'nsfwjs'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync(
      'npm',
      [
        'install',
        '--silent',
        '--no-audit',
        '--no-fund',
        '--legacy-peer-deps',
        '--ignore-scripts',
        ...nodePackages,
      ],
      {
        cwd: folder,
        stdio: 'inherit',
      },
    );
  }
  const port = await freePort();
  return start(
    spawn(process.execPath, [join(peersFolder, 'nsfwjs_express.mjs')], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), CLUSTER: '2' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
    port,
  );
};

const start = async (child: ChildProcess, port: number): Promise<Peer> => {
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + 60_000;
  while (!(await answers(`${url}/health`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${child.spawnfile} did not start`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { url, pid: child.pid!, stop };
};

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
