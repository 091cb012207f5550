import { Controller, Get, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { type AuditPage, auditPageSchema, type AuditQuery, auditQuerySchema } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@ApiCookieAuth()
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'Who did what, the latest first; each entry with its place in the hash chain' })
  @ApiResponse({ status: 200, standardSchema: auditPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: auditQuerySchema }) query: AuditQuery): Promise<AuditPage> {
    return this.audit.page(query);
  }
}
