import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { policyJsonSchema } from '#libs/domain';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { PoliciesService } from './policies.service.js';
import {
  type Changes,
  changesSchema,
  diffQuerySchema,
  type DraftList,
  draftListSchema,
  formatSchema,
  nameParamSchema,
  type PolicyPage,
  policyPageQuerySchema,
  policyPageSchema,
  type VersionOrDraft,
  versionOrDraftSchema,
  versionParamSchema,
  type VersionPage,
  versionPageQuerySchema,
  versionPageSchema,
} from './policy.dto.js';

type Name = z.infer<typeof nameParamSchema>;
type Version = z.infer<typeof versionParamSchema>;

const yamlType = 'application/yaml';

@ApiTags('policies')
@ApiCookieAuth()
@Controller('v1/policies')
@Access({ role: 'moderator' })
export class PoliciesController {
  constructor(private readonly policies: PoliciesService) {}

  @Get()
  @ApiOperation({ summary: 'All policies, by name, and what holds of each' })
  @ApiResponse({ status: 200, standardSchema: policyPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  page(
    @Query({ schema: policyPageQuerySchema }) query: z.infer<typeof policyPageQuerySchema>,
  ): Promise<PolicyPage> {
    return this.policies.page(query);
  }

  @Get('schema')
  @ApiOperation({ summary: 'The JSON Schema of a policy document' })
  @ApiProduces('application/schema+json')
  @ApiProblems('unauthorized', 'forbidden')
  schema(@Res({ passthrough: true }) reply: FastifyReply): Record<string, unknown> {
    void reply.header('content-type', 'application/schema+json');
    return policyJsonSchema();
  }

  @Get(':name/versions')
  @ApiOperation({ summary: 'Who published which version when and why, the latest first' })
  @ApiResponse({ status: 200, standardSchema: versionPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  versions(
    @Param({ schema: nameParamSchema }) { name }: Name,
    @Query({ schema: versionPageQuerySchema }) query: z.infer<typeof versionPageQuerySchema>,
  ): Promise<VersionPage> {
    return this.policies.versions(name, query);
  }

  @Get(':name/drafts')
  @ApiOperation({ summary: 'What is being worked on, the oldest first' })
  @ApiResponse({ status: 200, standardSchema: draftListSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  drafts(@Param({ schema: nameParamSchema }) { name }: Name): Promise<DraftList> {
    return this.policies.drafts(name);
  }

  @Get(':name/versions/:version')
  @ApiOperation({
    summary: 'One version by its number, the one that holds (current), or a draft by its id',
    description: 'As YAML with `format=yaml`, or `Accept: application/yaml`.',
  })
  @ApiProduces('application/json', yamlType)
  @ApiResponse({ status: 200, standardSchema: versionOrDraftSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  async get(
    @Param({ schema: versionParamSchema }) { name, version }: Version,
    @Query({ schema: formatSchema }) { format }: z.infer<typeof formatSchema>,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionOrDraft | string> {
    if (format !== 'yaml' && accept?.split(';')[0]?.trim() !== yamlType)
      return this.policies.get(name, version);
    const yaml = await this.policies.yaml(name, version);
    void reply.header('content-type', `${yamlType}; charset=utf-8`);
    return yaml;
  }

  @Get(':name/diff')
  @ApiOperation({ summary: 'What differs from one version or draft to another' })
  @ApiResponse({ status: 200, standardSchema: changesSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  diff(
    @Param({ schema: nameParamSchema }) { name }: Name,
    @Query({ schema: diffQuerySchema }) { from, to }: z.infer<typeof diffQuerySchema>,
  ): Promise<Changes> {
    return this.policies.diff(name, from, to);
  }
}
