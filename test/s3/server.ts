/** What a client needs to use the S3 server that the suites share. */
export interface TestS3 {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  region: string;
}

/** Suites that stop or kill a server start their own: scripts/services/s3-server.ts. */
export const s3Server = (): TestS3 => {
  const shared = process.env.SLUICE_TEST_S3;
  if (!shared)
    throw new Error('SLUICE_TEST_S3 is not set: suites under test/s3 run in the Jest project "s3".');
  return JSON.parse(shared) as TestS3;
};
