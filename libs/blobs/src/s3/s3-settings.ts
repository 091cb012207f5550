/** How to reach a bucket of an S3-compatible store. */
export interface S3Settings {
  bucket: string;
  /** URL of the store; AWS's own where it is not given */
  endpoint?: string;
  /** AWS_REGION's, or that of the profile, where it is not given */
  region?: string;
  /** the SDK's default chain (environment, profile, role of the machine or pod) where they are not given */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** endpoint/bucket/key instead of bucket.endpoint/key */
  pathStyle: boolean;
  /** server-side encryption that is asked for with each object; the bucket's default where it is not given */
  encryption?: { algorithm: 'AES256' | 'aws:kms'; keyId?: string };
  /** longest time of one operation, its retries included, in milliseconds */
  timeoutMs: number;
}
