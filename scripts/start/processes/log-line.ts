import { z } from 'zod';

const logLineSchema = z.looseObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
});

const forOperator = new Set(['warn', 'error', 'fatal']);

/** One line of an app's output as a person reads it. What is no JSON log line (a trace, a warning of Node's) stays as it is. */
export const readLogLine = (text: string): { shown: string; isForOperator: boolean } => {
  const line = logLineSchema.safeParse(parseJson(text));
  if (!line.success) return { shown: text, isForOperator: text.trim() !== '' };
  const { level, msg, err } = line.data;
  const cause = err && !msg.includes(err.message) ? `: ${err.message}` : '';
  return { shown: `${level.padEnd(5)} ${msg}${cause}`, isForOperator: forOperator.has(level) };
};

const parseJson = (text: string): unknown => {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
