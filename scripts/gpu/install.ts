import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reportProbe } from './check.js';
import { GpuError } from './gpu-error.js';
import { librariesFolder, wheelsFolder } from './gpu-folder.js';
import { neededBytes, putLibraries } from './libraries.js';
import { assertInstallable } from './requirements.js';

/**
 * npm run gpu:install [-- --with-cuda] [--tensorrt] [--device N] | --undo: puts onnxruntime's libraries for NVIDIA's GPUs
 * where the apps find them, and tries them. Nothing in node_modules is changed. Exit code 1 when a GPU cannot be used.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      'with-cuda': { type: 'boolean', default: false },
      tensorrt: { type: 'boolean', default: false },
      device: { type: 'string', default: '0' },
      undo: { type: 'boolean', default: false },
    },
  });
  if (values.undo) {
    await rm(path.dirname(librariesFolder), { recursive: true, force: true });
    console.log('The libraries for GPUs are gone; the apps run with those of onnxruntime-node.');
    return 0;
  }
  const wanted = { tensorrt: values.tensorrt, cuda: values['with-cuda'] };
  try {
    await mkdir(wheelsFolder, { recursive: true });
    await assertInstallable(neededBytes(wanted), wheelsFolder);
    console.log(`Downloading onnxruntime-gpu${wanted.cuda ? ', CUDA and cuDNN (1.3 GB)' : ' (250 MB)'} …`);
    const libraries = await putLibraries(wanted, librariesFolder, wheelsFolder);
    console.log(`${libraries.length} libraries lie in ${librariesFolder}.`);
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    console.error(error.message);
    return 1;
  }
  return reportProbe(wanted.tensorrt ? 'tensorrt' : 'cuda', Number(values.device));
};
