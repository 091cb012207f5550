import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '#libs/platform';

/** Everything that is checked, as paths from the project's folder. */
export const deployFiles = {
  compose: 'docker-compose.yml',
  composeVariables: 'deploy/.env.example',
  dockerfile: 'deploy/Dockerfile',
  kubernetes: 'deploy/kubernetes',
  kubernetesOnGpu: 'deploy/kubernetes-gpu',
  secretExamples: ['deploy/kubernetes/secret.example.yaml', 'deploy/kubernetes/secret-owner.example.yaml'],
  prometheus: 'deploy/prometheus/prometheus.yml',
  alerts: 'deploy/prometheus/alerts.yml',
  dashboard: 'deploy/grafana/sluice.json',
} as const;

export const inProject = (file: string): string => path.join(projectRoot, file);

export const readProjectFile = (file: string): Promise<string> => readFile(inProject(file), 'utf8');
