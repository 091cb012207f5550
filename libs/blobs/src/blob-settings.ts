import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, fields } from '#libs/platform';
import type { S3Settings } from './s3/s3-settings.js';

const endpointExample = 'http://127.0.0.1:9000';

/** The variables of the image store, to spread into an app's configuration schema beside DATA_DIR. */
export const blobFields = {
  BLOB_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of stored images; DATA_DIR/blobs when unset. Unused with S3_BUCKET'),
  S3_BUCKET: z
    .string()
    .min(1)
    .optional()
    .meta({ example: 'sluice' })
    .describe('Bucket of stored images, which must exist; when unset they are files in BLOB_DIR'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !/^https?:\/\/[^/]*@/.test(url), 'must hold no credentials: they go into S3_*_KEY')
    .optional()
    .meta({ example: endpointExample })
    .describe('URL of an S3-compatible store; AWS when unset'),
  S3_REGION: z
    .string()
    .min(1)
    .optional()
    .meta({ example: 'eu-central-1' })
    .describe('Region of the bucket; when unset us-east-1 with S3_ENDPOINT, else AWS_REGION or the profile'),
  S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe('Access key; when unset the AWS SDK looks in environment, profile and role'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Secret of S3_ACCESS_KEY_ID'),
  // No default here: what it is depends on S3_ENDPOINT.
  S3_PATH_STYLE: z
    .enum(['true', 'false', '1', '0'])
    .transform((value) => value === 'true' || value === '1')
    .optional()
    .meta({ example: true })
    .describe(
      'Whether the bucket stands in the path, not in the host name; when unset true with S3_ENDPOINT',
    ),
  S3_SSE: z
    .enum(['AES256', 'aws:kms'])
    .optional()
    .meta({ example: 'AES256' })
    .describe('Server-side encryption to ask for; the default of the bucket when unset'),
  S3_SSE_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe('KMS key of S3_SSE=aws:kms; the default one when unset'),
  S3_TIMEOUT_MS: fields
    .integer(5000, { min: 100, max: 600_000 })
    .describe('Longest time that reading or writing one image in the bucket may take, retries included'),
};

/** What the variables say, read by `loadConfig`. */
export type BlobVariables = z.output<z.ZodObject<typeof blobFields>> & { DATA_DIR: string };

export type BlobSettings = { kind: 'disk'; folder: string } | { kind: 's3'; s3: S3Settings };

/** @throws ConfigError where a variable is given without the one that it needs */
export const blobSettings = (read: BlobVariables): BlobSettings => {
  const problems = halfGiven(read);
  if (problems.length > 0) throw new ConfigError(problems);
  if (read.S3_BUCKET === undefined)
    return { kind: 'disk', folder: read.BLOB_DIR ?? join(read.DATA_DIR, 'blobs') };
  const hasEndpoint = read.S3_ENDPOINT !== undefined;
  return {
    kind: 's3',
    s3: {
      bucket: read.S3_BUCKET,
      endpoint: read.S3_ENDPOINT,
      // Most stores beside AWS take any region, but a request cannot be signed without one.
      region: read.S3_REGION ?? (hasEndpoint ? 'us-east-1' : undefined),
      credentials:
        read.S3_ACCESS_KEY_ID !== undefined && read.S3_SECRET_ACCESS_KEY !== undefined
          ? { accessKeyId: read.S3_ACCESS_KEY_ID, secretAccessKey: read.S3_SECRET_ACCESS_KEY }
          : undefined,
      pathStyle: read.S3_PATH_STYLE ?? hasEndpoint,
      encryption: read.S3_SSE && { algorithm: read.S3_SSE, keyId: read.S3_SSE_KEY_ID },
      timeoutMs: read.S3_TIMEOUT_MS,
    },
  };
};

/** Each of these says nothing, or something else than was meant, without the other. */
const needs: [given: keyof typeof blobFields, needed: keyof typeof blobFields, example?: string][] = [
  ['S3_ENDPOINT', 'S3_BUCKET', 'sluice'],
  ['S3_REGION', 'S3_BUCKET', 'sluice'],
  ['S3_ACCESS_KEY_ID', 'S3_BUCKET', 'sluice'],
  ['S3_PATH_STYLE', 'S3_BUCKET', 'sluice'],
  ['S3_SSE', 'S3_BUCKET', 'sluice'],
  ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'],
  ['S3_SECRET_ACCESS_KEY', 'S3_ACCESS_KEY_ID'],
  ['S3_SSE_KEY_ID', 'S3_SSE', 'aws:kms'],
];

const halfGiven = (read: BlobVariables): { name: string; problem: string; example?: string }[] => {
  const problems = needs
    .filter(([given, needed]) => read[given] !== undefined && read[needed] === undefined)
    .map(([given, needed, example]) => ({
      name: needed,
      problem: `is missing, while ${given} is set`,
      example,
    }));
  if (read.S3_SSE === 'AES256' && read.S3_SSE_KEY_ID !== undefined)
    problems.push({
      name: 'S3_SSE',
      problem: 'takes no key: S3_SSE_KEY_ID is for aws:kms',
      example: 'aws:kms',
    });
  // One line a name: the first reason is enough to act on.
  return problems.filter(({ name }, place) => problems.findIndex((other) => other.name === name) === place);
};
