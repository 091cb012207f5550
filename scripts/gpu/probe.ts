import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '#libs/platform';
import type { Provider } from '#libs/inference';
import type { Finding } from './probe.process.js';

export type GpuProvider = Exclude<Provider, 'cpu'>;

const driver = 'libcuda.so.1';
const nvidia = [
  driver,
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libcudnn.so.9',
];

/** Libraries that a provider loads, in an order in which none is missed for want of another. */
const librariesOf: Record<GpuProvider, readonly string[]> = {
  cuda: nvidia,
  tensorrt: [...nvidia, 'libnvinfer.so.10', 'libnvonnxparser.so.10'],
  webgpu: process.platform === 'linux' ? ['libvulkan.so.1'] : [],
};

/** A session that takes longer has hung: TensorRT builds an engine for its first run. */
const limitMs = 10 * 60_000;

/** Small, and in every checkout. */
const pack = 'models/efficientnet-lite0';

/** Whether a GPU can be used, and what is in the way. */
export interface Diagnosis {
  usable: boolean;
  /** sentences for the operator */
  lines: string[];
}

/**
 * Opens and runs a session in a process of its own, since a library that does not fit may end it.
 *
 * @param libraryPath LD_LIBRARY_PATH for it
 */
export const probe = async (
  provider: GpuProvider,
  device: number,
  libraryPath: string | undefined,
): Promise<Diagnosis> => {
  const program = path.join(projectRoot, 'dist', 'scripts', 'gpu', 'probe.process.js');
  const options = {
    provider,
    device: String(device),
    pack: path.join(projectRoot, pack),
    libraries: librariesOf[provider].join(','),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      cwd: projectRoot,
      env: { ...process.env, ...(libraryPath && { LD_LIBRARY_PATH: libraryPath }) },
      timeout: limitMs,
    });
    return diagnose(provider, device, JSON.parse(stdout.trim().split('\n').at(-1)!) as Finding);
  } catch (error) {
    const { signal, stderr = '' } = error as { signal?: string; stderr?: string };
    const end = stderr.trim().split('\n').slice(-3).join('\n');
    return {
      usable: false,
      lines: [`The process that tried ${provider} was ended${signal ? ` by ${signal}` : ''}: ${end}`],
    };
  }
};

/** What was found, in plain words. */
export const diagnose = (
  provider: GpuProvider,
  device: number,
  { libraries, refusal }: Finding,
): Diagnosis => {
  if (refusal === undefined)
    return { usable: true, lines: [`${provider} works on GPU ${device}: a session was opened and run.`] };
  const missing = libraries.filter(({ error }) => error !== undefined);
  const lines = missing.map(({ name, error }) => missingLine(name, error!));
  return { usable: false, lines: lines.length > 0 ? lines : [refusal] };
};

const missingLine = (name: string, error: string): string => {
  const remedy = Object.entries(remedies).find(([pattern]) => name.startsWith(pattern))?.[1] ?? '';
  return error.startsWith(name) && /cannot open/.test(error)
    ? `${name} is missing: ${remedy}`
    : `${name} does not load (${error}): ${remedy}`;
};

const remedies: Record<string, string> = {
  'libcuda.so': "NVIDIA's driver brings it (580 or newer); in a container, its container toolkit does.",
  libcudnn: 'part of cuDNN 9; npm run gpu:install -- --with-cuda brings it.',
  libnv: 'part of TensorRT 10, from NVIDIA.',
  libvulkan: 'the loader of Vulkan: apt-get install libvulkan1, and a driver for the GPU.',
  lib: 'part of CUDA 13; npm run gpu:install -- --with-cuda brings it.',
};
