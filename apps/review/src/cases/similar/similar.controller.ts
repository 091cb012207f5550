import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../../access/access.js';
import { Moderator, type SignedInModerator } from '../../access/caller.js';
import {
  type SimilarQuery,
  similarQuerySchema,
  similarSchema,
  similarToSchema,
  type SimilarView,
} from './similar.dto.js';
import { SimilarService } from './similar.service.js';

@Access({ role: 'moderator' })
@ApiTags('content')
@ApiCookieAuth()
@Controller('v1/content')
export class SimilarController {
  constructor(private readonly similar: SimilarService) {}

  @Get(':id/similar')
  @ApiOperation({
    summary: 'Was it seen before? Contents whose pictures are like this one’s, the nearest first',
  })
  @ApiResponse({ status: 200, standardSchema: similarSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'not_found', 'conflict', 'overloaded')
  to(
    @Moderator() moderator: SignedInModerator,
    @Param({ schema: similarToSchema }) { id }: z.infer<typeof similarToSchema>,
    @Query({ schema: similarQuerySchema }) query: SimilarQuery,
  ): Promise<SimilarView> {
    return this.similar.to(id, query, moderator);
  }
}
