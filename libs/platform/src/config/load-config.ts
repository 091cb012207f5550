import { z } from 'zod';

/** A value from the environment that cannot be used: says which, why, and what would do. Never shows the value. */
export class ConfigError extends Error {
  constructor(readonly problems: { name: string; problem: string; example?: string }[]) {
    const lines = problems.map(
      ({ name, problem, example }) =>
        `  ${name}: ${problem}${example ? ` (for example ${name}=${example})` : ''}`,
    );
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the configuration once. The schema's keys are the variables' names; an empty value counts as unset.
 * An example for the error message stands in a field's `.meta({ example })`.
 *
 * @throws ConfigError naming every variable that does not fit
 */
export const loadConfig = <Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Record<string, string | undefined> = process.env,
): z.output<z.ZodObject<Shape>> => {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .filter((name) => env[name] !== undefined && env[name] !== '')
      .map((name) => [name, env[name]]),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      const problem = given[name] === undefined ? 'is missing' : message;
      return { name, problem, example: exampleOf(schema.shape[name] as unknown as z.ZodType | undefined) };
    }),
  );
};

const exampleOf = (field: z.ZodType | undefined): string | undefined => {
  const example = field?.meta()?.['example'];
  return ['string', 'number', 'boolean'].includes(typeof example) ? `${example as string}` : undefined;
};
