import type { S3Settings } from './s3-settings.js';

/** What went wrong with a request to the bucket: enough to act on, and none of what signed it. */
export class S3Fault extends Error {
  constructor(
    /** the store's error code, the system's (`ECONNREFUSED`), or the error's name */
    readonly code: string,
    message: string,
    /** HTTP status; undefined where there was no answer */
    readonly status?: number,
    /** for the store's operator */
    readonly requestId?: string,
  ) {
    super(requestId === undefined ? message : `${message} (request ${requestId})`);
    this.name = 'S3Fault';
  }
}

/** Longest message of a store that is repeated: some answer with a page of HTML. */
const longestMessage = 300;

/**
 * The SDK's errors carry the request, its headers and what was signed; of these nothing is kept. The key and its secret
 * are also taken out of the message, which is whatever the server wrote.
 */
export const faultOf = (error: unknown, { credentials }: Pick<S3Settings, 'credentials'>): S3Fault => {
  if (error instanceof S3Fault) return error;
  const { name, message, code, $metadata } = (error ?? {}) as {
    name?: string;
    message?: string;
    code?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const status = $metadata?.httpStatusCode;
  const kind = typeof code === 'string' ? code : (name ?? 'Error');
  const told = [credentials?.secretAccessKey, credentials?.accessKeyId].reduce<string>(
    (text, secret) => (secret === undefined ? text : text.replaceAll(secret, '…')),
    message || kind,
  );
  return new S3Fault(
    kind,
    `${kind}${status === undefined ? '' : ` (${status})`}: ${told.slice(0, longestMessage)}`,
    status,
    $metadata?.requestId,
  );
};

/** The object is not there. With the same status the bucket may be missing, the user, or a proxy's page. */
export const isNoSuchKey = ({ code }: S3Fault): boolean => code === 'NoSuchKey';

/** The same in answer to a HEAD, which has no body to say what is missing. */
export const isNotFound = ({ code, status }: S3Fault): boolean => code === 'NoSuchKey' || status === 404;

/** Which variable a start failed for, and why. */
export const settingAtFault = (
  { code, status, message }: S3Fault,
  { bucket, credentials, encryption, endpoint }: S3Settings,
): { name: string; problem: string } => {
  if (code === 'NoSuchBucket' || code === 'InvalidBucketName')
    return { name: 'S3_BUCKET', problem: `there is no bucket "${bucket}" at the store: make it first` };
  if (unknownKeyFaults.has(code))
    return { name: 'S3_ACCESS_KEY_ID', problem: 'the store does not know this key' };
  if (code === 'SignatureDoesNotMatch')
    return { name: 'S3_SECRET_ACCESS_KEY', problem: 'is not the secret of S3_ACCESS_KEY_ID' };
  if (code === 'CredentialsProviderError')
    return {
      name: 'S3_ACCESS_KEY_ID',
      problem: 'is missing, and neither environment nor profile nor role gives credentials',
    };
  if (regionFaults.has(code) || status === 301 || status === 307 || message.includes('Region is missing'))
    return { name: 'S3_REGION', problem: `is not the region of the bucket "${bucket}", or is missing` };
  if (encryption && (code.startsWith('KMS') || code === 'NotImplemented'))
    return { name: 'S3_SSE', problem: `the store cannot encrypt with ${encryption.algorithm} (${code})` };
  if (status === 403)
    return {
      name: credentials ? 'S3_ACCESS_KEY_ID' : 'S3_BUCKET',
      problem: `these credentials may not read, write, delete and list in the bucket "${bucket}"`,
    };
  return {
    name: endpoint === undefined ? 'S3_BUCKET' : 'S3_ENDPOINT',
    problem: `the store there cannot be used: ${message}`,
  };
};

/** The second is versitygw's. */
const unknownKeyFaults = new Set(['InvalidAccessKeyId', 'XAdminUserNotFound']);
const regionFaults = new Set([
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'IllegalLocationConstraintException',
]);
