import { z } from 'zod';
import { integer, port, postgresUrl } from './fields.js';
import { ConfigError, loadConfig } from './load-config.js';

const schema = z.object({
  GATEWAY_PORT: port(8080),
  DATABASE_URL: postgresUrl(),
  MAX_BYTES: integer(20, { min: 1 }),
});

const errorOf = (env: Record<string, string>): ConfigError => {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
};

describe('loadConfig', () => {
  it('fills in defaults and turns text into numbers', () => {
    const config = loadConfig(schema, {
      DATABASE_URL: 'postgres://127.0.0.1/sluice',
      MAX_BYTES: '7',
      GATEWAY_PORT: '',
    });
    expect(config).toEqual({ GATEWAY_PORT: 8080, DATABASE_URL: 'postgres://127.0.0.1/sluice', MAX_BYTES: 7 });
  });

  it('names every bad value at once, with an example of a good one', () => {
    const { problems } = errorOf({ GATEWAY_PORT: 'eighty', MAX_BYTES: '0' });
    expect(problems.map(({ name }) => name).sort()).toEqual(['DATABASE_URL', 'GATEWAY_PORT', 'MAX_BYTES']);
    expect(problems.find(({ name }) => name === 'DATABASE_URL')?.problem).toBe('is missing');
    expect(problems.every(({ example }) => example)).toBe(true);
  });

  it('does not show the bad value, which may be a secret', () => {
    expect(errorOf({ DATABASE_URL: 'mysql://user:hunter2@db/x' }).message).not.toContain('hunter2');
  });
});
