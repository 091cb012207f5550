import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '#libs/platform';
import { linkWithoutVersion, unpackWheel } from './unpack.js';
import { fetchWheels } from './wheels.js';

export interface WantedLibraries {
  /** TensorRT's provider too */
  tensorrt: boolean;
  /** CUDA and cuDNN too, for a machine that has a driver only */
  cuda: boolean;
}

/** What a download takes on the disk with what is unpacked of it, in bytes, somewhat rounded up. */
export const neededBytes = ({ cuda }: WantedLibraries): number => 0.6e9 + (cuda ? 3e9 : 0);

const inDeploy = (file: string): string => path.join(projectRoot, 'deploy', file);

/**
 * Downloads the pinned wheels, checks them, and puts their libraries into the folder, in place of what was there. There
 * is never half of it: what runs goes on with the files that it has open.
 *
 * @throws GpuError
 */
export const putLibraries = async (
  wanted: WantedLibraries,
  folder: string,
  wheelsFolder: string,
): Promise<string[]> => {
  const [onnxruntime] = await fetchWheels(inDeploy('onnxruntime-gpu.txt'), wheelsFolder);
  const nvidia = wanted.cuda ? await fetchWheels(inDeploy('nvidia-cuda.txt'), wheelsFolder) : [];
  await mkdir(path.dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(path.join(path.dirname(folder), 'unfinished-'));
  try {
    const ours = await unpackWheel(onnxruntime!, unfinished, (file) => onnxruntimeName(file, wanted));
    const theirs: string[] = [];
    for (const wheel of nvidia) theirs.push(...(await unpackWheel(wheel, unfinished, nvidiaName)));
    for (const name of theirs.filter(isAskedForWithoutVersion)) await linkWithoutVersion(unfinished, name);
    // the apps may run as another account than the one that installs
    await chmod(unfinished, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
    return [...ours, ...theirs];
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
};

/** The core library goes by the name under which the binding of onnxruntime-node asks for it. */
export const onnxruntimeName = (
  file: string,
  { tensorrt }: Pick<WantedLibraries, 'tensorrt'>,
): string | undefined => {
  const name = /^onnxruntime\/capi\/(libonnxruntime[^/]*\.so[.\d]*)$/.exec(file)?.[1];
  if (name === undefined || (name.includes('tensorrt') && !tensorrt)) return undefined;
  return name.replace(/^libonnxruntime\.so\.(\d+)[.\d]*$/, 'libonnxruntime.so.$1');
};

const nvidiaName = (file: string): string | undefined =>
  /^nvidia\/\w+\/lib\/(lib[^/]*\.so[.\d]*)$/.exec(file)?.[1];

/** onnxruntime's CUDA provider knows these by their bare names too, e.g. libcudnn.so. */
const isAskedForWithoutVersion = (name: string): boolean => /^lib(cudnn|nvrtc)\.so\./.test(name);
