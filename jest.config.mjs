const swc = [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2023',
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: { '^#libs/(.*)$': '<rootDir>/libs/$1/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
};

/**
 * unit: beside the code, no outside service. medium: real Postgres and real models. kafka, s3: on a real broker, a real
 * object store. e2e: the whole system.
 */
export default {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,scripts}/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
    },
    {
      ...base,
      displayName: 'medium',
      testMatch: ['<rootDir>/test/medium/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
      globalSetup: '<rootDir>/test/medium/global-setup.mjs',
      globalTeardown: '<rootDir>/test/medium/global-teardown.mjs',
    },
    {
      ...base,
      displayName: 'kafka',
      testMatch: ['<rootDir>/test/kafka/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
      globalSetup: '<rootDir>/test/kafka/global-setup.mjs',
      globalTeardown: '<rootDir>/test/kafka/global-teardown.mjs',
    },
    {
      ...base,
      displayName: 's3',
      testMatch: ['<rootDir>/test/s3/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/patience.ts'],
      globalSetup: '<rootDir>/test/s3/global-setup.mjs',
      globalTeardown: '<rootDir>/test/s3/global-teardown.mjs',
    },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
  ],
};
