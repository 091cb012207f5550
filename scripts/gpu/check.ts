import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { librariesFolder, withLibraries } from './gpu-folder.js';
import { type GpuProvider, probe } from './probe.js';

/**
 * npm run gpu:check [-- --tensorrt | --webgpu] [--device N]: opens and runs a session on a GPU, and says what is missing
 * where that fails. Exit code 1 then.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      tensorrt: { type: 'boolean', default: false },
      webgpu: { type: 'boolean', default: false },
      device: { type: 'string', default: '0' },
    },
  });
  const provider = values.webgpu ? 'webgpu' : values.tensorrt ? 'tensorrt' : 'cuda';
  return reportProbe(provider, Number(values.device));
};

/** Probes with the libraries that gpu:install has put into place, where there are some, and says what came out. */
export const reportProbe = async (provider: GpuProvider, device: number): Promise<number> => {
  const isInstalled = provider !== 'webgpu' && existsSync(librariesFolder);
  const libraryPath = isInstalled ? withLibraries(librariesFolder) : undefined;
  console.log(`Trying ${provider} on GPU ${device}${isInstalled ? ` with ${librariesFolder}` : ''} …`);
  const { usable, lines } = await probe(provider, device, libraryPath);
  for (const line of lines) console.log(`  ${usable ? pc.green('✓') : pc.red('✗')} ${line}`);
  if (usable) console.log(`Start with ${startLine(provider, isInstalled)}.`);
  return usable ? 0 : 1;
};

const startLine = (provider: GpuProvider, isInstalled: boolean): string =>
  [
    ...(isInstalled ? [`LD_LIBRARY_PATH=${librariesFolder}`] : []),
    `DEVICE=${provider}`,
    ...(isInstalled ? ['(npm start sets the path itself)'] : []),
  ].join(' ');
