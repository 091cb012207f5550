import { Controller, Delete, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type Caller, CurrentCaller } from '../access/caller.js';
import {
  erasedContentIdSchema,
  type ErasureQuery,
  erasureQuerySchema,
  erasureSchema,
  type ErasureView,
} from './erasure.dto.js';
import { ErasureService } from './erasure.service.js';

@ApiTags('content')
@ApiCookieAuth()
@ApiBearerAuth()
@Controller('v1/content')
export class ErasureController {
  constructor(private readonly erasures: ErasureService) {}

  @Delete(':id')
  @HttpCode(200)
  @Access({ role: 'lead', scope: 'content:erase' })
  @ApiOperation({ summary: 'Erase a picture, personal references, or both; what was decided stays' })
  @ApiResponse({ status: 200, standardSchema: erasureSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  erase(
    @Param({ schema: erasedContentIdSchema }) { id }: z.infer<typeof erasedContentIdSchema>,
    @Query({ schema: erasureQuerySchema }) query: ErasureQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<ErasureView> {
    return this.erasures.erase(id, query, caller);
  }
}
