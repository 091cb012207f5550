import { parse } from 'yaml';
import { ConfigError } from '#libs/platform';
import { readGatewayConfig } from '../../../apps/gateway/src/gateway-config.js';
import { readReviewConfig } from '../../../apps/review/src/review-config.js';
import { readWorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { readMigrateConfig } from '../migrate.js';
import type { DeployCheck } from './check.js';
import { composeServices } from './compose.js';
import { readDockerfile } from './dockerfile.js';
import { deployFiles, readProjectFile } from './files.js';
import { imageTargets } from './images.js';
import { builtManifests } from './kubernetes.js';
import { type Manifest, podOf } from './manifest.js';

type Environment = Record<string, string>;
type ReadConfig = (env: Record<string, string | undefined>) => unknown;

const readers: Record<string, ReadConfig> = {
  gateway: readGatewayConfig,
  worker: readWorkerConfig,
  'worker-cuda': readWorkerConfig,
  review: readReviewConfig,
  migrate: readMigrateConfig,
  // The same image with other arguments.
  sweep: readMigrateConfig,
};

/** Read by Node, libuv, glibc and the OpenTelemetry SDK themselves. */
const readByOthers = /^(NODE_ENV|UV_THREADPOOL_SIZE|MALLOC_\w+|OTEL_\w+)$/;

/**
 * The programs are asked themselves: each reads its configuration from what compose file and manifests set, which must
 * neither fail nor leave a variable unread.
 */
export const environmentCheck: DeployCheck = {
  name: 'environment variables (the apps’ own configuration)',
  run: async () => {
    const images = await imageEnvironments();
    const compose = Object.entries(await composeServices())
      .filter(([, { build }]) => build)
      .map(([, { build, environment }]) => ({ app: build!.target!, environment: environment ?? {} }));
    const manifests = await builtManifests();
    const secrets = await Promise.all(
      deployFiles.secretExamples.map(async (file) => parse(await readProjectFile(file)) as Manifest),
    );
    const kubernetes = podEnvironments(manifests, secrets);
    return [
      ...problemsOf('docker-compose.yml', compose, images),
      ...problemsOf('kubernetes', kubernetes, images),
    ];
  },
};

interface Setting {
  app: string;
  environment: Environment;
}

const imageEnvironments = async (): Promise<Record<string, Environment>> => {
  const stages = readDockerfile(await readProjectFile(deployFiles.dockerfile));
  return Object.fromEntries(imageTargets.map((target) => [target, stages.get(target)?.environment ?? {}]));
};

/** Who writes a variable for one program means it to be read there; what is for all programs is read by one of them. */
const problemsOf = (where: string, settings: Setting[], images: Record<string, Environment>): string[] => {
  const isForAll = where === 'kubernetes';
  const complete = settings.map(({ app, environment }) => ({
    app,
    environment: { ...images[app], ...environment },
  }));
  const shared = isForAll ? complete.map(({ environment }) => environment) : Object.values(images);
  const names = new Set(shared.flatMap((environment) => Object.keys(environment)));
  const unreadByAll = [...names].filter(
    (name) => !complete.some(({ app, environment }) => isRead(app, name, environment)),
  );
  const unreadByOne = settings.flatMap(({ app, environment }, index) =>
    Object.keys(environment)
      .filter((name) => !isForAll && !isRead(app, name, complete[index]!.environment))
      .map((name) => `${app} does not read ${name}`),
  );
  const failures = complete.flatMap(({ app, environment }) => failuresOf(app, environment));
  return [...unreadByAll.map((name) => `no program reads ${name}`), ...unreadByOne, ...failures].map(
    (problem) => `${where}: ${problem}`,
  );
};

const failuresOf = (app: string, environment: Environment): string[] => {
  try {
    readers[app]!(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ name, problem }) => `${app}: ${name} ${problem}`);
  }
};

const isRead = (app: string, name: string, environment: Environment): boolean =>
  readByOthers.test(name) || namesReadBy(app, environment).has(name);

/** Whatever the program looks for, found by watching it look. */
const namesReadBy = (app: string, environment: Environment): Set<string> => {
  const names = new Set<string>();
  const watched = new Proxy(environment, {
    get: (target, name) => {
      names.add(String(name));
      return Reflect.get(target, name) as unknown;
    },
  });
  try {
    readers[app]!(watched);
  } catch (error) {
    // Said elsewhere; it has looked by then.
    if (!(error instanceof ConfigError)) throw error;
  }
  return names;
};

interface Pod {
  containers: { name: string; env?: { name: string; value: string }[]; envFrom?: EnvironmentSource[] }[];
}
type EnvironmentSource = { configMapRef?: { name: string }; secretRef?: { name: string } };

const podEnvironments = (manifests: Manifest[], secrets: Manifest[]): Setting[] => {
  const sources = new Map(
    [...manifests, ...secrets].map((each) => [each.metadata.name, each.data ?? each.stringData]),
  );
  const sourceOf = ({ configMapRef, secretRef }: EnvironmentSource): Environment =>
    sources.get((configMapRef ?? secretRef)?.name ?? '') ?? {};
  return manifests
    .map((manifest) => podOf<Pod>(manifest))
    .filter((pod) => pod !== undefined)
    .flatMap(({ containers }) =>
      containers.map(({ name, env = [], envFrom = [] }) => ({
        app: name,
        environment: Object.assign(
          {},
          ...envFrom.map(sourceOf),
          Object.fromEntries(env.map((each) => [each.name, each.value])),
        ) as Environment,
      })),
    );
};
