import { S3Server } from '../../dist/scripts/services/s3-server.js';

/** One server for all suites. */
export default async function setUp() {
  const server = await S3Server.start({ say: console.log });
  const { endpoint, accessKeyId, secretAccessKey, bucket, region } = server;
  process.env.SLUICE_TEST_S3 = JSON.stringify({ endpoint, accessKeyId, secretAccessKey, bucket, region });
  globalThis.sluiceTestS3 = () => server.remove();
}
