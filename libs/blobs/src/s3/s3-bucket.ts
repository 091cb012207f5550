import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { openClient } from './s3-client.js';
import { faultOf, isNoSuchKey, isNotFound, type S3Fault } from './s3-fault.js';
import type { S3Settings } from './s3-settings.js';

export interface S3Object {
  key: string;
  bytes: number;
  /** by the store's clock, in whole seconds */
  storedAt: Date;
}

/** Times that a body is asked for again when its connection is cut in the middle, which the SDK leaves to us. */
const secondReads = 1;

/** The few requests that a blob store makes of a bucket. Every method throws `S3Fault`. */
export class S3Bucket {
  private readonly client: S3Client;

  constructor(private readonly settings: S3Settings) {
    this.client = openClient(settings);
  }

  /** @param sha256 of the body, 64 hexadecimal digits: the store refuses a body that has another */
  async put(key: string, body: Uint8Array, sha256: string, signal: AbortSignal): Promise<void> {
    await this.told(() =>
      this.client.send(
        new PutObjectCommand({
          ...this.object(key),
          Body: body,
          ContentLength: body.length,
          ContentType: 'application/octet-stream',
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          ...encryptionOf(this.settings),
        }),
        { abortSignal: signal },
      ),
    );
  }

  async get(key: string, signal: AbortSignal): Promise<Buffer | undefined> {
    for (let reread = 0; ; reread++) {
      const found = await this.told(
        () => this.client.send(new GetObjectCommand(this.object(key)), { abortSignal: signal }),
        isNoSuchKey,
      );
      if (!found?.Body) return undefined;
      try {
        const bytes = await found.Body.transformToByteArray();
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      } catch (error) {
        if (reread >= secondReads || signal.aborted) throw faultOf(error, this.settings);
      }
    }
  }

  async head(key: string, signal: AbortSignal): Promise<S3Object | undefined> {
    const found = await this.told(
      () => this.client.send(new HeadObjectCommand(this.object(key)), { abortSignal: signal }),
      isNotFound,
    );
    return found && { key, bytes: found.ContentLength ?? 0, storedAt: found.LastModified ?? new Date(0) };
  }

  /** Whether or not it is there. */
  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.told(
      () => this.client.send(new DeleteObjectCommand(this.object(key)), { abortSignal: signal }),
      isNoSuchKey,
    );
  }

  /** A page of what there is, in the order of keys. @param after undefined for the first page, then `next` */
  async list(
    after: string | undefined,
    signal: AbortSignal,
    pageSize?: number,
  ): Promise<{ objects: S3Object[]; next: string | undefined }> {
    const page = await this.told(() =>
      this.client.send(
        new ListObjectsV2Command({
          Bucket: this.settings.bucket,
          ContinuationToken: after,
          MaxKeys: pageSize,
        }),
        { abortSignal: signal },
      ),
    );
    return {
      objects: (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified = new Date() }) => ({
        key: Key,
        bytes: Size,
        storedAt: LastModified,
      })),
      next: page.IsTruncated ? page.NextContinuationToken : undefined,
    };
  }

  close(): void {
    this.client.destroy();
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: key };
  }

  private async told<T>(request: () => Promise<T>): Promise<T>;
  private async told<T>(
    request: () => Promise<T>,
    isNothing: (fault: S3Fault) => boolean,
  ): Promise<T | undefined>;
  private async told<T>(
    request: () => Promise<T>,
    isNothing: (fault: S3Fault) => boolean = () => false,
  ): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      const fault = faultOf(error, this.settings);
      if (isNothing(fault)) return undefined;
      throw fault;
    }
  }
}

const encryptionOf = ({
  encryption,
}: S3Settings): Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'> =>
  encryption
    ? {
        ServerSideEncryption: encryption.algorithm,
        ...(encryption.keyId ? { SSEKMSKeyId: encryption.keyId } : {}),
      }
    : {};
