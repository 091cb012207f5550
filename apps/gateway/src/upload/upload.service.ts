import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';
import { CONFIG, type GatewayConfig } from '../gateway-config.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { ByteBudget } from './byte-budget.js';
import { brokenOff, collect, outOfMemory, tooLarge, type Upload } from './collect.js';
import { readForm } from './multipart.js';

export type { Upload } from './collect.js';

/** Room in a form for everything but its file. */
const formOverheadBytes = 64 * 1024;

/** Takes images off the wire: bounded in size, in time, in number, and in memory over all of them. */
@Injectable()
export class UploadService {
  private readonly budget: ByteBudget;
  private receiving = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'uploads'>,
    private readonly metrics: MetricsService,
  ) {
    this.budget = new ByteBudget(config.uploads.memoryBytes);
    metrics.observe(
      'sluice_gateway_upload_bytes',
      'Bytes of request bodies in memory',
      () => this.budget.held,
    );
    metrics.observe(
      'sluice_gateway_uploads_receiving',
      'Request bodies being received',
      () => this.receiving,
    );
  }

  /**
   * Reads the image out of a request, works on it, and gives its memory back. Until here not one byte of the body has
   * been read, so that whoever is refused before costs nothing.
   *
   * @throws Problem `overloaded`, `payload_too_large`, `unsupported_media_type`, `request_timeout`, `invalid_request`
   */
  async receive<Answer>(request: FastifyRequest, work: (upload: Upload) => Promise<Answer>): Promise<Answer> {
    const started = performance.now();
    const upload = await this.read(request);
    this.metrics.spent('receive', performance.now() - started);
    try {
      // Bytes after the body's end were no request: the connection is gone, and nobody would hear a verdict.
      if (request.raw.socket.destroyed) throw brokenOff();
      return await work(upload);
    } finally {
      this.budget.give(upload.bytes.length);
    }
  }

  private async read(request: FastifyRequest): Promise<Upload> {
    const { maxBytes, maxReceiving, bodyTimeoutMs: timeoutMs } = this.config.uploads;
    const isForm = formType.test(request.headers['content-type'] ?? '');
    if (!isForm) refuseOtherThanImages(request);
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes + (isForm ? formOverheadBytes : 0)) throw tooLarge(maxBytes);
    if (this.budget.isSpent || this.receiving >= maxReceiving) throw outOfMemory();
    this.receiving++;
    try {
      const limits = { maxBytes, timeoutMs, budget: this.budget };
      const upload = await (isForm ? readForm(request, limits) : collect(request.raw, limits, announced));
      if (upload.bytes.length > 0) return upload;
      throw new Problem('invalid_request', 'The body is empty; send the bytes of one image.');
    } finally {
      this.receiving--;
    }
  }
}

const formType = /^multipart\/form-data\b/i;

/** The declared type only says that an image is meant; which one, its own first bytes say. */
const refuseOtherThanImages = (request: FastifyRequest): void => {
  const type = request.headers['content-type'];
  if (type !== undefined && /^image\//i.test(type)) return;
  if (
    type === undefined &&
    Number(request.headers['content-length'] ?? 0) === 0 &&
    !request.headers['transfer-encoding']
  )
    throw new Problem('invalid_request', 'The body is empty; send the bytes of one image.');
  throw new Problem(
    'unsupported_media_type',
    'Send the image itself with a Content-Type of image/…, or a multipart/form-data form with a part named file.',
  );
};
