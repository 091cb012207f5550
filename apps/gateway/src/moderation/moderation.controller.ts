import { Controller, HttpCode, HttpStatus, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AcceptedAnswer, ModerationAnswer } from '#libs/domain';
import { parseOrRefuse, type RunningSpan, toProblem, traced } from '#libs/platform';
import { ApiKeysService, type Caller } from '../api-keys/api-keys.service.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { ScoresService } from '../scores/scores.service.js';
import { type Upload, UploadService } from '../upload/upload.service.js';
import { DescribesModeration } from './moderation.openapi.js';
import { type ModerationQuery, moderationQuerySchema } from './moderation-query.js';
import { ModerationService } from './moderation.service.js';

const path = '/v1/moderate';
const route = { 'http.request.method': 'POST', 'http.route': path };

@Controller('v1')
export class ModerationController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly limits: RateLimitService,
    private readonly uploads: UploadService,
    private readonly scores: ScoresService,
    private readonly idempotency: IdempotencyService,
    private readonly moderation: ModerationService,
    private readonly metrics: MetricsService,
  ) {}

  @Post('moderate')
  @HttpCode(HttpStatus.OK)
  @DescribesModeration()
  async moderate(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModerationAnswer | AcceptedAnswer> {
    try {
      // All that can refuse a request without its body comes first: not one byte of it is read until then.
      const caller = this.keys.authenticate(request.headers.authorization, 'content:moderate');
      const arrival = { kind: 'server', parent: request.headers['traceparent'], attributes: route } as const;
      // Who has no key leaves no spans: nobody else can fill the collector, or have a trace recorded.
      return await traced(`POST ${path}`, arrival, (span) => this.serve(caller, request, reply, span));
    } catch (error) {
      this.metrics.refused(toProblem(error).code);
      throw error;
    }
  }

  private async serve(
    caller: Caller,
    request: FastifyRequest,
    reply: FastifyReply,
    span: RunningSpan,
  ): Promise<ModerationAnswer | AcceptedAnswer> {
    await this.limits.spend(caller);
    const query = parseOrRefuse(moderationQuerySchema, request.query);
    this.moderation.refuseUnknownSurface(query.surface);
    span.set({ 'sluice.surface': query.surface });
    if (query.mode === 'sync') this.scores.refuseWhenFull();
    const answer = await this.uploads.receive(request, (upload) =>
      this.answer(caller, query, upload, request.headers['idempotency-key']),
    );
    span.set({ 'sluice.content.id': answer.id });
    if ('verdict' in answer) span.set({ 'sluice.verdict': answer.verdict, 'sluice.tier': answer.tier });
    if (query.mode === 'async') void reply.status(HttpStatus.ACCEPTED);
    return answer;
  }

  private answer(
    caller: Caller,
    { surface, reference, audience, mode }: ModerationQuery,
    upload: Upload,
    idempotencyKey: string | string[] | undefined,
  ): Promise<ModerationAnswer | AcceptedAnswer> {
    const receivedAt = new Date();
    const apiKeyId = caller.id;
    return this.idempotency.once<ModerationAnswer | AcceptedAnswer>(
      { apiKeyId, header: idempotencyKey, request: [mode, surface, reference, upload.sha256] },
      (id) => {
        const submission = { id, upload, surface, reference, audience, apiKeyId, receivedAt };
        return mode === 'async' ? this.moderation.accept(submission) : this.moderation.moderate(submission);
      },
    );
  }
}
