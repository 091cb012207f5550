import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { consumers } from '#libs/domain';
import { topicNames } from '../../../libs/events/src/kafka/topic-names.js';
import { runTool } from '../../services/run-tool.js';
import { ServiceError } from '../../services/service-error.js';
import type { DeployCheck } from './check.js';
import { deployFiles, inProject } from './files.js';
import { kubernetesSchemas, schemaTemplate } from './kubernetes-schemas.js';
import type { Manifest } from './manifest.js';
import { podProblems } from './pods.js';
import { kubeconform, kustomize } from './tools.js';

export const kubernetesCheck: DeployCheck = {
  name: 'Kubernetes manifests (kustomize, kubeconform)',
  run: async () => {
    try {
      const problems: string[] = [];
      for (const folder of [deployFiles.kubernetes, deployFiles.kubernetesOnGpu]) {
        const built = await build(folder);
        await validate(built);
        const manifests = manifestsOf(built);
        problems.push(...manifests.flatMap(podProblems), ...scalingProblems(manifests));
      }
      return problems;
    } catch (error) {
      if (error instanceof ServiceError) return error.message.split('\n').slice(1);
      throw error;
    }
  },
};

/** Everything that the kustomization applies. @throws ToolMissing, ServiceError */
export const builtManifests = async (): Promise<Manifest[]> =>
  manifestsOf(await build(deployFiles.kubernetes));

const build = async (folder: string): Promise<string> =>
  runTool(await kustomize(), ['build', inProject(folder)]);

const manifestsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** @throws ServiceError with what does not fit the API's schemas */
const validate = async (built: string): Promise<void> => {
  const schemas = await kubernetesSchemas();
  const program = await kubeconform();
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-manifests-'));
  try {
    const file = path.join(folder, 'built.yaml');
    await writeFile(file, built);
    const location = path.join(schemas, schemaTemplate);
    await runTool(program, [
      '-strict',
      '-schema-location',
      location,
      file,
      ...deployFiles.secretExamples.map(inProject),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The autoscaler looks at the very topics and groups that workers consume, and starts no more than find work. */
const scalingProblems = (manifests: Manifest[]): string[] => {
  const config = manifests.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
  const scaler = manifests.find(({ kind }) => kind === 'ScaledObject')?.spec as
    { maxReplicaCount: number; triggers: { type: string; metadata: Record<string, string> }[] } | undefined;
  if (!scaler) return ['there is no ScaledObject'];
  const names = topicNames(config['KAFKA_TOPIC_PREFIX'] ?? '', 0);
  const wanted = consumers.worker.map((topic) => `${names.main(topic)} ${names.group(topic, 'worker')}`);
  const watched = scaler.triggers.map(({ metadata }) => `${metadata['topic']} ${metadata['consumerGroup']}`);
  const problems: string[] = [];
  if (wanted.sort().join() !== watched.sort().join())
    problems.push(`the autoscaler watches ${watched.join(', ')}; workers consume ${wanted.join(', ')}`);
  if (scaler.triggers.some(({ metadata }) => metadata['bootstrapServers'] !== config['KAFKA_BROKERS']))
    problems.push('the autoscaler asks other brokers than the apps');
  if (scaler.maxReplicaCount > Number(config['KAFKA_PARTITIONS']))
    problems.push('the autoscaler starts more workers than there are partitions');
  return problems;
};
