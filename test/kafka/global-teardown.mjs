import tearDownPostgres from '../medium/global-teardown.mjs';

export default async function tearDown() {
  await Promise.all([tearDownPostgres(), globalThis.sluiceTestKafka?.()]);
}
