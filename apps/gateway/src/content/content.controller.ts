import { Controller, Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseOrRefuse } from '#libs/platform';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { DescribesContent } from './content.openapi.js';
import type { ContentRecord } from './content-record.js';
import { ContentService } from './content.service.js';

const parametersSchema = z.object({ id: z.uuid() });

@Controller('v1/content')
export class ContentController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly limits: RateLimitService,
    private readonly content: ContentService,
  ) {}

  @Get(':id')
  @DescribesContent()
  async record(@Req() request: FastifyRequest, @Param('id') id: string): Promise<ContentRecord> {
    const caller = this.keys.authenticate(request.headers.authorization, 'content:read');
    await this.limits.spend(caller);
    return this.content.record(parseOrRefuse(parametersSchema, { id }).id, caller.id);
  }
}
