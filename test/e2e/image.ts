import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ImageStage, readDockerfile } from '../../scripts/deploy/checks/dockerfile.js';
import { deployFiles, readProjectFile } from '../../scripts/deploy/checks/files.js';
import { assemble } from '../../scripts/deploy/image/assemble.js';

const isRoot = process.getuid?.() === 0;

/** Where an image has what lies in a folder here. */
const appFolder = '/app';
const dataFolder = '/data';

export interface Finished {
  code: number | null;
  output: string;
}

/**
 * What the images hold, in a folder, and their commands as plain processes. As in a container they find a root file
 * system that they cannot write to, no variable but the image's and their own, and, where the test may choose it, the
 * image's account.
 */
export class Image {
  private constructor(
    private readonly folder: string,
    private readonly stages: Map<string, ImageStage>,
  ) {}

  static async assemble(): Promise<Image> {
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-image-'));
    await chmod(folder, 0o755);
    const image = new Image(folder, readDockerfile(await readProjectFile(deployFiles.dockerfile)));
    await assemble(image.app);
    await image.seal(0o555);
    // Somewhere the image's account gets through to, wherever this one comes from.
    await mkdir(path.join(folder, 'bin'));
    await copyFile(process.execPath, path.join(folder, 'bin', 'node'), constants.COPYFILE_FICLONE);
    await mkdir(image.data);
    const { uid, gid } = image.account('gateway');
    if (isRoot) await chown(image.data, uid, gid);
    return image;
  }

  get app(): string {
    return path.join(this.folder, 'app');
  }

  private get data(): string {
    return path.join(this.folder, 'data');
  }

  /** The command that an engine runs for a target, with `args` in place of the image's own where they are given. */
  start(target: string, environment: Record<string, string>, args?: string[]): Running {
    const { entryPoint, command } = this.stage(target);
    return this.run(target, [...entryPoint, ...(args ?? command)], environment);
  }

  /** The health check's command beside a running app. */
  checkHealth(target: string, environment: Record<string, string>): Promise<Finished> {
    const { healthCheck } = this.stage(target);
    if (!healthCheck) throw new Error(`${target} has no health check`);
    return this.run(target, healthCheck, environment).end;
  }

  /** Programs that the migrate image can run, by the names that it takes. */
  async programs(): Promise<string[]> {
    const folder = path.join(this.app, 'dist', 'scripts');
    const files = await readdir(folder, { recursive: true });
    return files
      .filter((file) => /^(admin|blobs|dlq|kafka)\b.*\.js$/.test(file))
      .map((file) => file.slice(0, -3));
  }

  stopSignal(target: string): NodeJS.Signals {
    return this.stage(target).stopSignal as NodeJS.Signals;
  }

  /** Size and time of every file and folder that an image holds. */
  async contents(): Promise<string[]> {
    const entries = await readdir(this.app, { recursive: true, withFileTypes: true });
    const facts = await Promise.all(
      entries
        .filter((entry) => !entry.isSymbolicLink())
        .map(async (entry) => {
          const file = path.join(entry.parentPath, entry.name);
          const { size, mtimeMs } = await stat(file);
          return `${path.relative(this.app, file)} ${size} ${mtimeMs}`;
        }),
    );
    return facts.sort();
  }

  async remove(): Promise<void> {
    await this.seal(0o755);
    await rm(this.folder, { recursive: true, force: true });
  }

  private stage(target: string): ImageStage {
    const stage = this.stages.get(target);
    if (!stage) throw new Error(`The Dockerfile has no stage ${target}`);
    return stage;
  }

  private account(target: string): { uid: number; gid: number } {
    const [uid = 0, gid = 0] = (this.stage(target).user ?? '').split(':').map(Number);
    return { uid, gid };
  }

  /** Any command, as a target's account and with its variables. */
  run(target: string, [program = '', ...args]: string[], own: Record<string, string>): Running {
    const image = Object.entries(this.stage(target).environment).map(([name, value]) => [
      name,
      this.here(value),
    ]);
    const child = spawn(program, args, {
      cwd: this.app,
      env: {
        ...(Object.fromEntries(image) as Record<string, string>),
        PATH: path.join(this.folder, 'bin'),
        // Or what a test leaves running could not be found by the mark that CI's processes bear.
        ...(process.env['SLUICE_CI_RUN'] ? { SLUICE_CI_RUN: process.env['SLUICE_CI_RUN'] } : {}),
        ...own,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot ? this.account(target) : {}),
    });
    return new Running(child);
  }

  private here(value: string): string {
    if (value === dataFolder) return this.data;
    return value.startsWith(`${appFolder}/`) ? path.join(this.app, value.slice(appFolder.length)) : value;
  }

  /** Whoever is not root could change what is his own. */
  private async seal(mode: number): Promise<void> {
    await chmod(this.app, mode);
    for (const entry of await readdir(this.app, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) await chmod(path.join(entry.parentPath, entry.name), mode);
    }
  }
}

export class Running {
  private said = '';
  /** Resolves when the process has ended. */
  readonly end: Promise<Finished>;

  constructor(private readonly child: ChildProcess) {
    const keep = (chunk: Buffer): void => void (this.said += chunk.toString());
    child.stdout!.on('data', keep);
    child.stderr!.on('data', keep);
    this.end = once(child, 'close').then(() => ({ code: child.exitCode, output: this.said }));
  }

  /** @throws Error with what it said when the process has ended */
  assertAlive(): void {
    if (this.child.exitCode !== null) throw new Error(`It ended with ${this.child.exitCode}:\n${this.said}`);
  }

  stop(signal: NodeJS.Signals): Promise<Finished> {
    this.child.kill(signal);
    return this.end;
  }
}
