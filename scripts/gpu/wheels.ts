import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '#libs/inference';
import { runTool } from '../services/run-tool.js';
import { GpuError } from './gpu-error.js';

/** What a wheel is called, and what its bytes must hash to. */
export interface PinnedWheel {
  name: string;
  version: string;
  sha256: string;
}

/** Lines `name==version --hash=sha256:…` of a pip requirements file. @throws GpuError for any other line */
export const readPins = (text: string): PinnedWheel[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pin = /^([\w-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$/.exec(line);
      if (!pin) throw new GpuError(`Not a wheel with its version and checksum: ${line}`);
      const [, name, version, sha256] = pin;
      return { name: name!, version: version!, sha256: sha256! };
    });

/** Wheels for other Pythons hold the same libraries: one is asked for whatever Python pip runs on. */
const wheelTags = [
  '--python-version=3.12',
  '--implementation=cp',
  ...['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux2010'].map(
    (tag) => `--platform=${tag}_x86_64`,
  ),
];

/**
 * The wheels of a requirements file, in the folder: those that lie there already and are what they should be, the
 * others by pip, from the index that it is set up with. Checks every one against its checksum.
 *
 * @returns their paths, in the file's order
 * @throws GpuError when pip cannot download one, or one is not what it should be
 */
export const fetchWheels = async (requirements: string, folder: string): Promise<string[]> => {
  await mkdir(folder, { recursive: true });
  const pins = readPins(await readFile(requirements, 'utf8'));
  const present = await Promise.all(pins.map((pin) => findWheel(folder, pin)));
  if (present.some((wheel) => wheel === undefined)) await download(requirements, folder);
  return Promise.all(
    pins.map(async (pin) => {
      const wheel = await findWheel(folder, pin);
      if (wheel === undefined)
        throw new GpuError(`${pin.name} ${pin.version} is not in ${folder} as its checksum wants it.`);
      return wheel;
    }),
  );
};

const download = async (requirements: string, folder: string): Promise<void> => {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--disable-pip-version-check'];
  const what = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement', requirements];
  try {
    await runTool('python3', [...pip, ...what, ...wheelTags, '--dest', folder]);
  } catch (error) {
    throw new GpuError(`The libraries cannot be downloaded. ${(error as Error).message}`, { cause: error });
  }
};

/** The pinned wheel in the folder; one with its name that is something else is removed. */
const findWheel = async (folder: string, pin: PinnedWheel): Promise<string | undefined> => {
  const prefix = `${pin.name.replaceAll('-', '_')}-${pin.version}-`;
  for (const file of (await readdir(folder)).filter((each) => each.startsWith(prefix))) {
    const wheel = path.join(folder, file);
    if ((await sha256Of(wheel)) === pin.sha256) return wheel;
    await rm(wheel);
  }
  return undefined;
};
