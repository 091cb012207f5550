import { Controller, Get, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type AppealList, appealListSchema, type AppealPage, appealPageSchema } from './appeal.dto.js';
import { AppealsService } from './appeals.service.js';

@ApiTags('appeals')
@ApiCookieAuth()
@Access({ role: 'senior' })
@Controller('v1/appeals')
export class AppealsController {
  constructor(private readonly appeals: AppealsService) {}

  @Get()
  @ApiOperation({ summary: 'Appeals, the latest first' })
  @ApiResponse({ status: 200, standardSchema: appealPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: appealListSchema }) query: AppealList): Promise<AppealPage> {
    return this.appeals.page(query);
  }
}
