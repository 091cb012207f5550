import { Controller, Get, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type QualityQuery, qualityQuerySchema, qualitySchema, type QualityView } from './quality.dto.js';
import { QualityService } from './quality.service.js';

@Access({ role: 'lead' })
@ApiTags('quality')
@ApiCookieAuth()
@Controller('v1/quality')
export class QualityController {
  constructor(private readonly quality: QualityService) {}

  @Get()
  @ApiOperation({ summary: 'How often people are right, agree with each other, and are overturned' })
  @ApiResponse({ status: 200, standardSchema: qualitySchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  report(@Query({ schema: qualityQuerySchema }) query: QualityQuery): Promise<QualityView> {
    return this.quality.report(query);
  }
}
