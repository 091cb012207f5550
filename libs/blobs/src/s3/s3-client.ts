import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Settings } from './s3-settings.js';

/** Tries of one request. Between them the SDK waits longer each time, and while a store is failing it saves its tries. */
const tries = 3;

/** Connections to the store; what comes beyond them waits, and its time runs. */
const connections = 64;

/**
 * On Node 20 the SDK says on stderr, past our log, that its later versions will want a newer one. Ours is pinned, and runs
 * on it. This variable of the SDK's silences that and nothing else; it is read when a client is made.
 */
const nodeVersionWarning = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

export const openClient = ({ endpoint, region, credentials, pathStyle, timeoutMs }: S3Settings): S3Client => {
  // eslint-disable-next-line no-restricted-properties -- no configuration of ours: where the SDK looks
  process.env[nodeVersionWarning] ??= 'true';
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: tries,
    // Each put carries the sha256 that the key is made of, and readers check it: no second checksum is needed, which
    // some stores do not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Asking before sending costs a round trip and a connection of its own.
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      // A part of the whole time each, so that another try fits behind a connection that stalled.
      connectionTimeout: Math.ceil(timeoutMs / 3),
      socketTimeout: Math.ceil(timeoutMs / 2),
      httpAgent: { keepAlive: true, maxSockets: connections },
      httpsAgent: { keepAlive: true, maxSockets: connections },
      // Warns on the console otherwise, past our log.
      logger: silent,
    }),
  });
};
