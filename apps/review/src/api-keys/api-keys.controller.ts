import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems } from '#libs/platform';
import { Access } from '../access/access.js';
import { actorOf, type Caller, CurrentCaller } from '../access/caller.js';
import {
  type ApiKeyCreated,
  apiKeyCreatedSchema,
  apiKeyIdSchema,
  type ApiKeyListQuery,
  apiKeyListSchema,
  type ApiKeyPage,
  apiKeyPageSchema,
  type NewApiKeyRequest,
  newApiKeySchema,
} from './api-key.dto.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('API keys')
@ApiCookieAuth()
@Access({ role: 'admin' })
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @ApiOperation({ summary: 'Keys of services, the latest made first; never their secrets' })
  @ApiResponse({ status: 200, standardSchema: apiKeyPageSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  list(@Query({ schema: apiKeyListSchema }) query: ApiKeyListQuery): Promise<ApiKeyPage> {
    return this.keys.page(query);
  }

  @Post()
  @ApiOperation({ summary: 'Make a key; it is shown once, and accepted about a second later' })
  @ApiResponse({ status: 201, standardSchema: apiKeyCreatedSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden')
  create(
    @CurrentCaller() caller: Caller,
    @Body({ schema: newApiKeySchema }) request: NewApiKeyRequest,
  ): Promise<ApiKeyCreated> {
    return this.keys.create(request, actorOf(caller));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key; it is refused about a second later' })
  @ApiProblems('invalid_request', 'unauthorized', 'forbidden', 'not_found')
  revoke(
    @CurrentCaller() caller: Caller,
    @Param({ schema: apiKeyIdSchema }) { id }: z.infer<typeof apiKeyIdSchema>,
  ): Promise<void> {
    return this.keys.revoke(id, actorOf(caller));
  }
}
