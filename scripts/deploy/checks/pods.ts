import { type Manifest, podOf } from './manifest.js';

/** What is looked at of a pod's template. */
interface PodSpec {
  enableServiceLinks?: boolean;
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type?: string } };
  containers: {
    securityContext?: {
      readOnlyRootFilesystem?: boolean;
      allowPrivilegeEscalation?: boolean;
      capabilities?: { drop?: string[] };
    };
    resources?: { requests?: { cpu?: string; memory?: string }; limits?: { memory?: string } };
    livenessProbe?: unknown;
    readinessProbe?: unknown;
  }[];
}

/** An app takes up to 20 s to end what it has in hand, after the pause before SIGTERM. */
const leastGraceSeconds = 26;

/** What the API allows and this project does not. */
export const podProblems = ({ kind, metadata, spec }: Manifest): string[] => {
  const pod = podOf<PodSpec>({ kind, metadata, spec });
  if (!pod) return [];
  const problems = [
    ...accountProblems(pod),
    ...pod.containers.flatMap(containerProblems),
    ...(kind === 'Deployment' ? appProblems(pod) : []),
  ];
  return problems.map((problem) => `${kind} ${metadata.name}: ${problem}`);
};

const accountProblems = (pod: PodSpec): string[] => {
  const problems: string[] = [];
  // The Service "gateway" would set GATEWAY_PORT to tcp://…
  if (pod.enableServiceLinks !== false) problems.push('services set environment variables');
  if (pod.automountServiceAccountToken !== false) problems.push('holds a token for the API');
  if (!pod.securityContext?.runAsNonRoot) problems.push('may run as root');
  if (pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault') problems.push('has no seccomp profile');
  return problems;
};

const containerProblems = ({ securityContext, resources }: PodSpec['containers'][number]): string[] => {
  const problems: string[] = [];
  if (!securityContext?.readOnlyRootFilesystem) problems.push('the root file system can be written to');
  if (securityContext?.allowPrivilegeEscalation !== false) problems.push('may gain privileges');
  if (!securityContext?.capabilities?.drop?.includes('ALL')) problems.push('keeps capabilities');
  if (!resources?.requests?.cpu || !resources.requests.memory)
    problems.push('requests no processor or memory');
  if (!resources?.limits?.memory) problems.push('has no memory limit');
  return problems;
};

const appProblems = ({ terminationGracePeriodSeconds = 0, containers }: PodSpec): string[] => {
  const problems: string[] = [];
  if (terminationGracePeriodSeconds < leastGraceSeconds)
    problems.push('is killed before it has ended its work');
  if (containers.some(({ livenessProbe, readinessProbe }) => !livenessProbe || !readinessProbe))
    problems.push('has no liveness or readiness probe');
  return problems;
};
