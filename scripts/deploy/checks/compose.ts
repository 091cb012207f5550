import { parse } from 'yaml';
import { runTool } from '../../services/run-tool.js';
import { ServiceError } from '../../services/service-error.js';
import type { DeployCheck } from './check.js';
import { deployFiles, inProject } from './files.js';
import { imageTargets } from './images.js';
import { compose } from './tools.js';

/** A service as `config` writes it, after merging and substitution; only what is looked at here. */
export interface ComposeService {
  image?: string;
  build?: { target?: string };
  environment?: Record<string, string>;
  ports?: (string | { host_ip?: string })[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string | number;
  healthcheck?: unknown;
}

export const composeCheck: DeployCheck = {
  name: 'docker-compose.yml (compose config)',
  run: async () => {
    try {
      const services = Object.entries(await composeServices());
      return services.flatMap(([name, service]) =>
        problemsOf(service).map((problem) => `${name}: ${problem}`),
      );
    } catch (error) {
      if (error instanceof ServiceError) return error.message.split('\n').slice(1);
      throw error;
    }
  },
};

/**
 * All services, those behind profiles too, as the real program understands them.
 * @throws ToolMissing, ServiceError with what it said about the file
 */
export const composeServices = async (): Promise<Record<string, ComposeService>> => {
  const [command, ...first] = await compose();
  const files = [
    '--file',
    inProject(deployFiles.compose),
    '--env-file',
    inProject(deployFiles.composeVariables),
  ];
  const said = await runTool(command, [...first, ...files, '--profile', 'gpu', 'config']);
  return (parse(said) as { services: Record<string, ComposeService> }).services;
};

const problemsOf = (service: ComposeService): string[] => {
  const problems: string[] = [];
  if (!service.read_only) problems.push('the root file system can be written to');
  if (!service.cap_drop?.includes('ALL')) problems.push('keeps capabilities');
  if (!service.security_opt?.includes('no-new-privileges:true')) problems.push('may gain privileges');
  if (!service.mem_limit) problems.push('has no memory limit');
  if (!(service.ports ?? []).every(isLocal)) problems.push('listens on more than this machine');
  const target = service.build?.target;
  if (!target && !service.healthcheck)
    problems.push('has no health check, and no image of ours that has one');
  if (!target && !/:[^:]*\d/.test(service.image ?? '')) problems.push('its image is not pinned to a version');
  if (target && !imageTargets.some((each) => each === target))
    problems.push(`builds ${target}, which is no target`);
  return problems;
};

const isLocal = (port: string | { host_ip?: string }): boolean =>
  typeof port === 'string' ? port.startsWith('127.0.0.1:') : port.host_ip === '127.0.0.1';
