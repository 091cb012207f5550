import { z } from 'zod';
import { routingRulesShape, withBoundedRules } from '#libs/domain';

export const routingSchema = z
  .object({
    version: z.number().int().describe('0 where nothing was published yet'),
    ...routingRulesShape,
    publishedAt: z.iso.datetime().nullable(),
    publishedBy: z.object({ id: z.uuid(), displayName: z.string() }).nullable(),
  })
  .meta({ id: 'Routing' });
export type RoutingView = z.output<typeof routingSchema>;

/** All rules at once. */
export const routingRequestSchema = withBoundedRules(
  z.strictObject({
    expectedVersion: z.number().int().min(0).describe('The version that you have seen, and mean to replace'),
    ...routingRulesShape,
  }),
);
export type RoutingRequest = z.output<typeof routingRequestSchema>;
