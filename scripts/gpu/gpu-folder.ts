import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '#libs/platform';

const gpuFolder = path.join(projectRoot, '.data', 'gpu');

/** Wheels as they were downloaded, so that another install needs no network. */
export const wheelsFolder = path.join(gpuFolder, 'wheels');

/**
 * What LD_LIBRARY_PATH has to name. The binding of onnxruntime-node finds its libonnxruntime.so.1 there before the one
 * beside itself (its RUNPATH, which comes after that variable: ld.so(8)), and that one finds its providers beside
 * itself. So nothing in node_modules is touched, and npm ci undoes nothing.
 */
export const librariesFolder = path.join(gpuFolder, 'lib');

/** The loader's path with our libraries first. */
export const withLibraries = (folder: string, libraryPath = process.env['LD_LIBRARY_PATH']): string =>
  [folder, libraryPath].filter(Boolean).join(':');

/** What a process needs in its environment to find them, when its DEVICE is one that uses them. */
export const gpuEnvironment = (
  env: Record<string, string | undefined>,
  folder = librariesFolder,
): Record<string, string> =>
  // WebGPU stands in the library that onnxruntime-node brings, and not in the one for CUDA
  ['cuda', 'tensorrt', 'auto'].includes(env['DEVICE'] ?? '') && existsSync(folder)
    ? { LD_LIBRARY_PATH: withLibraries(folder, env['LD_LIBRARY_PATH']) }
    : {};
