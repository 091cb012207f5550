import { z } from 'zod';
import { type EventOn, type Result, type Topic, topics } from '#libs/domain';

/** Reads whatever stood on a topic. Unknown fields are dropped, so that a newer publisher does not stop an older consumer. */
export const readEvent = <T extends Topic>(
  topic: T,
  payload: unknown,
): Result<EventOn<T>, { code: 'breaks_schema'; detail: string }> => {
  const parsed = topics[topic].safeParse(payload);
  return parsed.success
    ? { ok: true, value: parsed.data as EventOn<T> }
    : { ok: false, code: 'breaks_schema', detail: oneLine(parsed.error) };
};

const oneLine = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ');
