import { Body, Controller, Delete, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { Moderator, type SignedInModerator } from '../access/caller.js';
import { DraftsService } from './drafts.service.js';
import {
  type DraftChange,
  draftChangeSchema,
  draftParamSchema,
  type DraftView,
  draftViewSchema,
  nameParamSchema,
  type NewDraft,
  newDraftSchema,
  type NewPolicy,
  newPolicySchema,
} from './policy.dto.js';

type DraftParam = z.infer<typeof draftParamSchema>;
const discardSchema = z.object({ revision: z.coerce.number().int().min(1).max(999_999_999) });

@ApiTags('policies')
@ApiCookieAuth()
@Controller('v1/policies')
@Access({ role: 'lead' })
export class DraftsController {
  constructor(private readonly drafts: DraftsService) {}

  @Post()
  @ApiOperation({
    summary: 'Begin a new policy, as a draft',
    description:
      'With the default document where none is sent. Uploads are judged by the policy `default` alone.',
  })
  @ApiResponse({ status: 201, standardSchema: draftViewSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'conflict')
  begin(
    @Moderator() { id }: SignedInModerator,
    @Body({ schema: newPolicySchema }) request: NewPolicy,
  ): Promise<DraftView> {
    return this.drafts.begin(id, request);
  }

  @Post(':name/versions')
  @ApiOperation({ summary: 'Begin a draft: a document as JSON or YAML, or a copy of a version' })
  @ApiResponse({ status: 201, standardSchema: draftViewSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  add(
    @Moderator() { id }: SignedInModerator,
    @Param({ schema: nameParamSchema }) { name }: z.infer<typeof nameParamSchema>,
    @Body({ schema: newDraftSchema }) request: NewDraft,
  ): Promise<DraftView> {
    return this.drafts.add(id, name, request);
  }

  @Patch(':name/versions/:version')
  @ApiOperation({ summary: 'Change a draft; where somebody was faster, 409 says what differs' })
  @ApiResponse({ status: 200, standardSchema: draftViewSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  change(
    @Moderator() { id }: SignedInModerator,
    @Param({ schema: draftParamSchema }) { name, version }: DraftParam,
    @Body({ schema: draftChangeSchema }) request: DraftChange,
  ): Promise<DraftView> {
    return this.drafts.change(id, name, version, request);
  }

  @Delete(':name/versions/:version')
  @HttpCode(204)
  @ApiOperation({ summary: 'Discard a draft' })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict')
  discard(
    @Moderator() { id }: SignedInModerator,
    @Param({ schema: draftParamSchema }) { name, version }: DraftParam,
    @Query({ schema: discardSchema }) { revision }: z.infer<typeof discardSchema>,
  ): Promise<void> {
    return this.drafts.discard(id, name, version, revision);
  }
}
