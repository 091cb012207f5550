import { z } from 'zod';
import { moderatorRoles } from '#libs/database';
import { maxQueueTitleLength, queueNameSchema, slaSecondsSchema } from '#libs/domain';

const instant = z.iso.datetime();

const titleSchema = z
  .string()
  .trim()
  .min(1)
  .max(maxQueueTitleLength)
  .regex(/^[^\0]*$/, 'is text, without NUL');

const settings = {
  title: titleSchema,
  minimumRole: z.enum(moderatorRoles).describe('Who may claim here: this role, or one above it'),
  slaSeconds: slaSecondsSchema
    .nullable()
    .describe('Within how long after its arrival a picture is promised to be decided; null: no promise'),
  position: z.number().int().min(0).max(1_000_000).describe('Its place in lists'),
};

export const queueSchema = z
  .object({
    name: queueNameSchema,
    ...settings,
    disabledAt: instant
      .nullable()
      .describe('Set: nothing more is routed here; what waits may still be claimed'),
    claimable: z.boolean().describe('Whether you may claim here'),
    undecided: z.number().int().describe('Cases that wait or are held, as of some seconds ago'),
    overdue: z
      .number()
      .int()
      .describe('How many of them are past the promise, or without one past their due time'),
  })
  .meta({ id: 'Queue' });
export type QueueView = z.infer<typeof queueSchema>;

export const queueListSchema = z.object({ queues: z.array(queueSchema) }).meta({ id: 'QueueList' });
export type QueueList = z.infer<typeof queueListSchema>;

export const newQueueSchema = z
  .strictObject({
    name: queueNameSchema,
    title: settings.title,
    minimumRole: settings.minimumRole.default('moderator'),
    slaSeconds: settings.slaSeconds.default(null),
    position: settings.position.default(100),
  })
  .meta({ id: 'NewQueue' });
export type NewQueue = z.output<typeof newQueueSchema>;

export const changedQueueSchema = z
  .strictObject({ ...settings, disabled: z.boolean().default(false) })
  .meta({ id: 'ChangedQueue' });
export type ChangedQueue = z.output<typeof changedQueueSchema>;

export const queueNameParameterSchema = z.object({ name: queueNameSchema });
