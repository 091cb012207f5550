import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from './api-problems.js';

/**
 * Serves the app's description at /docs (people), /docs/json and /docs/yaml (programs).
 * @param describe names the app, and how callers authenticate
 */
export const serveOpenApi = (
  app: NestFastifyApplication,
  describe: (document: DocumentBuilder) => DocumentBuilder,
): void => {
  const head = describe(new DocumentBuilder().setOpenAPIVersion('3.1.0').setVersion('1')).build();
  SwaggerModule.setup(
    'docs',
    app,
    () => {
      const document = SwaggerModule.createDocument(app, head);
      document.components ??= {};
      document.components.schemas = {
        ...document.components.schemas,
        Problem: z.toJSONSchema(problemSchema, { target: 'draft-2020-12' }) as never,
      };
      return document;
    },
    { jsonDocumentUrl: 'docs/json', yamlDocumentUrl: 'docs/yaml' },
  );
};
