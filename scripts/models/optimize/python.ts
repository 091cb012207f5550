import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool, versionOf } from '../../services/run-tool.js';
import { ensureTool } from '../../services/tools.js';
import { projectRoot } from '../project-root.js';
import { OptimizeError } from './optimize-error.js';

const folder = path.join(projectRoot, 'scripts', 'models', 'optimize');
const requirements = path.join(folder, 'requirements.txt');
/** The packages that are pinned have files for these. */
const oldest = [3, 11] as const;

/** Whether this machine has a Python that the environment can be made with. */
export const hasPython = async (): Promise<boolean> => (await findPython()) !== undefined;

/**
 * onnxruntime's Python tools in an environment of their own, in .data/tools: made at first use, and again when the
 * pinned versions change. pip installs only files whose hashes stand in requirements.txt.
 *
 * @returns runs the program that makes variants, and gives what it said
 * @throws OptimizeError where there is no Python; ServiceError with what pip said
 */
export const pythonTools = async (): Promise<(args: string[]) => Promise<string>> => {
  const python = await findPython();
  if (python === undefined)
    throw new OptimizeError(
      `Python ${oldest.join('.')} or newer is not here (python3): the quantiser of onnxruntime needs it`,
    );
  const pinned = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const environment = await ensureTool(`python-optimize-${pinned}`, async (unfinished) => {
    console.error('Setting up onnxruntime’s Python tools, some 90 MB, once …');
    const made = path.join(unfinished, 'environment');
    await runTool(python, ['-m', 'venv', made]);
    await runTool(programOf(made), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
      ...['--require-hashes', '--only-binary', ':all:', '--requirement', requirements],
    ]);
    return made;
  });
  return (args) => runTool(programOf(environment), [path.join(folder, 'make_variant.py'), ...args]);
};

const programOf = (environment: string): string => path.join(environment, 'bin', 'python');

const findPython = async (): Promise<string | undefined> => {
  for (const each of ['python3', 'python3.13', 'python3.12', 'python3.11']) {
    const said = (await versionOf(each, '--version'))?.match(/Python (\d+)\.(\d+)/);
    if (said && Number(said[1]) === oldest[0] && Number(said[2]) >= oldest[1]) return each;
  }
  return undefined;
};
