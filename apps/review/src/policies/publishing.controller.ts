import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import {
  type Candidate,
  candidateSchema,
  nameParamSchema,
  type PublicationRequest,
  publicationSchema,
  type RollbackRequest,
  rollbackSchema,
  type Validation,
  validationSchema,
  type VersionOrDraft,
  versionParamSchema,
  versionViewSchema,
} from './policy.dto.js';
import { PublishingService } from './publishing.service.js';

type Name = z.infer<typeof nameParamSchema>;
type Version = z.infer<typeof versionParamSchema>;

@ApiTags('policies')
@ApiCookieAuth()
@Controller('v1/policies')
export class PublishingController {
  constructor(private readonly publishing: PublishingService) {}

  @Post(':name/validate')
  @HttpCode(200)
  @Access({ role: 'moderator' })
  @ApiOperation({ summary: 'What is wrong with a document, and what is odd about it; nothing is stored' })
  @ApiResponse({ status: 200, standardSchema: validationSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  validateSent(
    @Param({ schema: nameParamSchema }) { name }: Name,
    @Body({ schema: candidateSchema }) candidate: Candidate,
  ): Promise<Validation> {
    return this.publishing.validateSent(name, candidate);
  }

  @Post(':name/versions/:version/validate')
  @HttpCode(200)
  @Access({ role: 'moderator' })
  @ApiOperation({ summary: 'What is wrong with a draft or a version, and what is odd about it' })
  @ApiResponse({ status: 200, standardSchema: validationSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  validate(@Param({ schema: versionParamSchema }) { name, version }: Version): Promise<Validation> {
    return this.publishing.validate(name, version);
  }

  @Post(':name/versions/:version/publish')
  @HttpCode(200)
  @Access({ role: 'lead' })
  @ApiOperation({
    summary: 'Publish a draft, or an older version once more',
    description:
      'Gateways and workers judge by it within a second or two. A draft that is published already is answered with its version.',
  })
  @ApiResponse({ status: 200, standardSchema: versionViewSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  publish(
    @Moderator() { id }: SignedInModerator,
    @Param({ schema: versionParamSchema }) { name, version }: Version,
    @Body({ schema: publicationSchema }) request: PublicationRequest,
  ): Promise<VersionOrDraft> {
    return this.publishing.publish(id, name, version, request);
  }

  @Post(':name/rollback')
  @HttpCode(200)
  @Access({ role: 'lead' })
  @ApiOperation({ summary: 'Publish an older version once more, as a new one' })
  @ApiResponse({ status: 200, standardSchema: versionViewSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  rollBack(
    @Moderator() { id }: SignedInModerator,
    @Param({ schema: nameParamSchema }) { name }: Name,
    @Body({ schema: rollbackSchema }) request: RollbackRequest,
  ): Promise<VersionOrDraft> {
    return this.publishing.rollBack(id, name, request);
  }
}
