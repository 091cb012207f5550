import { runTool } from '../../services/run-tool.js';
import { ServiceError } from '../../services/service-error.js';
import type { DeployCheck } from './check.js';
import { type ImageStage, readDockerfile } from './dockerfile.js';
import { deployFiles, inProject, readProjectFile } from './files.js';
import { hadolint } from './tools.js';

/** What `--target` may name. */
export const imageTargets = ['gateway', 'worker', 'review', 'migrate', 'worker-cuda'] as const;

export const imagesCheck: DeployCheck = {
  name: 'Dockerfile (hadolint)',
  run: async () => {
    const stages = readDockerfile(await readProjectFile(deployFiles.dockerfile));
    const ours = imageTargets.flatMap((target) => stageProblems(target, stages.get(target)));
    return [...ours, ...(await lint(await hadolint()))];
  },
};

const lint = async (linter: string): Promise<string[]> => {
  try {
    await runTool(linter, ['--no-color', '--failure-threshold', 'info', inProject(deployFiles.dockerfile)]);
    return [];
  } catch (error) {
    if (error instanceof ServiceError) return error.message.split('\n').slice(1);
    throw error;
  }
};

const stageProblems = (target: string, stage: ImageStage | undefined): string[] => {
  if (!stage) return [`the Dockerfile has no stage ${target}`];
  const problems: string[] = [];
  // Kubernetes can tell that an account is not root only by its number.
  if (!/^[1-9]\d*:[1-9]\d*$/.test(stage.user ?? ''))
    problems.push(`${target}: the user is not a number other than 0`);
  if (stage.stopSignal !== 'SIGTERM') problems.push(`${target}: apps end in order at SIGTERM`);
  if (stage.entryPoint[0] !== 'node') problems.push(`${target}: no program between the engine and node`);
  if (target !== 'migrate' && !stage.healthCheck) problems.push(`${target}: has no health check`);
  return problems;
};
