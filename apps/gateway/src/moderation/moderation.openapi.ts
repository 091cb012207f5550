import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { acceptedAnswerSchema, mediaTypes, moderationAnswerSchema } from '#libs/domain';
import { ApiProblems } from '#libs/platform';

const binary = { type: 'string', format: 'binary' };
const form = { type: 'object', required: ['file'], properties: { file: binary } };
const bodies = {
  ...Object.fromEntries(mediaTypes.map((type) => [type, { schema: binary }])),
  'multipart/form-data': { schema: form },
};

/** `POST /v1/moderate` in the OpenAPI document. */
export const DescribesModeration = (): MethodDecorator =>
  applyDecorators(
    ApiTags('moderation'),
    ApiBearerAuth(),
    ApiOperation({
      summary: 'Judge one image',
      description:
        'The body is the image itself, or a form with one part named `file`. What counts is its first bytes, not the declared type.',
      requestBody: { required: true, content: bodies },
    }),
    ApiQuery({
      name: 'surface',
      required: false,
      schema: { type: 'string', default: 'default' },
      description: 'Where the image will be shown; the policy names the surfaces',
    }),
    ApiQuery({
      name: 'reference',
      required: false,
      schema: { type: 'string', maxLength: 512 },
      description: 'Your own name for the image',
    }),
    ApiQuery({
      name: 'audience',
      required: false,
      schema: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
      description: 'How many people will see it, by your estimate: what reaches many is looked at sooner',
    }),
    ApiQuery({
      name: 'mode',
      required: false,
      schema: { type: 'string', enum: ['sync', 'async'], default: 'sync' },
      description: 'async: answered with 202 once the image is stored, classified later',
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'The same key with the same request gives the same id and answer, for 24 hours',
    }),
    ApiResponse({ status: 200, description: 'The verdict', standardSchema: moderationAnswerSchema }),
    ApiResponse({
      status: 202,
      description: 'Accepted for later (mode=async)',
      standardSchema: acceptedAnswerSchema,
    }),
    ApiProblems(
      'invalid_request',
      'unauthorized',
      'request_timeout',
      'conflict',
      'payload_too_large',
      'unsupported_media_type',
      'undecodable_image',
      'too_many_pixels',
      'rate_limited',
      'internal_error',
      'overloaded',
      'bus_unavailable',
      'unavailable',
    ),
  );
