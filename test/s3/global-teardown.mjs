export default async function tearDown() {
  await globalThis.sluiceTestS3?.();
}
