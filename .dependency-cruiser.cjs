const only = (name, sdk, owner) => ({
  name,
  severity: 'error',
  from: { pathNot: owner },
  to: { path: `(^|/)node_modules/${sdk}(/|$)|^${sdk}(/|$)` },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/domain/|(^|/)node_modules/zod(/|$)|^zod$' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'apps-are-islands',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-by-the-front-door',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/$2/'] },
    },
    {
      name: 'capabilities-do-not-mix',
      severity: 'error',
      from: { path: '^libs/(?!domain|platform|database)([^/]+)/' },
      to: { path: '^libs/', pathNot: '^libs/(domain|platform|database|$1)/' },
    },
    {
      name: 'foundation-order',
      severity: 'error',
      from: { path: '^libs/(platform|database)/' },
      to: { path: '^libs/', pathNot: '^libs/(domain|$1)/' },
    },
    {
      name: 'features-meet-at-services',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/([^/]+)/' },
      to: {
        path: '^apps/$1/src/[^/]+/',
        pathNot: ['^apps/$1/src/$2/', '^apps/$1/src/access/', '\\.service\\.ts$'],
      },
    },
    {
      name: 'controllers-use-services',
      severity: 'error',
      from: { path: '\\.(controller|consumer)\\.ts$' },
      to: { path: '\\.repository\\.ts$' },
    },
    only(
      'typeorm-stays-in-storage',
      'typeorm',
      '^libs/(database|events)/|\\.(repository|queries)\\.ts$|^migrations/|^test/|node_modules',
    ),
    only(
      'kafkajs-stays-in-events',
      'kafkajs',
      '^libs/events/|^test/kafka/|^scripts/(bench|chaos)/|node_modules',
    ),
    only(
      'onnx-stays-in-inference',
      'onnxruntime-node',
      '^libs/inference/|^test/medium/inference/|^scripts/bench/deep/gpu/|node_modules',
    ),
    only('sharp-stays-in-images', 'sharp', '^libs/images/|^test/|^scripts/(bench|renders)/|node_modules'),
    only('jpeg-turbo-stays-in-images', '@julusian/jpeg-turbo', '^libs/images/|node_modules'),
    only('zxing-stays-in-detectors', 'zxing-wasm', '^libs/detectors/|^scripts/renders/|^test/|node_modules'),
    only('phone-numbers-stay-in-detectors', 'libphonenumber-js', '^libs/detectors/|node_modules'),
    only('pg-boss-stays-in-events', 'pg-boss', '^libs/events/|node_modules'),
    only('tracing-stays-in-platform', '@opentelemetry', '^libs/platform/src/tracing/|^test/|node_modules'),
    only('s3-stays-in-blobs', '@aws-sdk', '^libs/blobs/|node_modules'),
  ],
  options: {
    // scripts and tests start compiled code; its sources are looked at themselves
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
