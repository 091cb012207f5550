import { Controller, Get, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type SearchPage, searchPageSchema, type SearchQuery, searchQuerySchema } from './search.dto.js';
import { SearchService } from './search.service.js';

@ApiTags('content')
@ApiCookieAuth()
@Controller('v1/content')
export class SearchController {
  constructor(private readonly search: SearchService) {}

  /** Not for moderators: what others decided on a picture would lead them, and tell a golden case from the rest. */
  @Get()
  @Access({ role: 'senior' })
  @ApiOperation({
    summary: 'Contents by category, verdict, tier, moderator, time, hash, reference; the latest first',
  })
  @ApiResponse({ status: 200, standardSchema: searchPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  page(@Query({ schema: searchQuerySchema }) query: SearchQuery): Promise<SearchPage> {
    return this.search.page(query);
  }
}
