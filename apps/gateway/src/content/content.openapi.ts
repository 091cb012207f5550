import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { contentRecordSchema } from './content-record.js';

/** `GET /v1/content/{id}` in the OpenAPI document. */
export const DescribesContent = (): MethodDecorator =>
  applyDecorators(
    ApiTags('content'),
    ApiBearerAuth(),
    ApiOperation({ summary: 'The verdict that holds now for an upload of this key, and how it came about' }),
    ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } }),
    ApiResponse({ status: 200, description: 'The content’s record', standardSchema: contentRecordSchema }),
    ApiProblems(
      'invalid_request',
      'unauthorized',
      'not_found',
      'rate_limited',
      'internal_error',
      'unavailable',
    ),
  );
