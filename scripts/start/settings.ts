import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fields, loadConfig, projectRoot } from '#libs/platform';

const schema = z.object({
  GATEWAY_PORT: fields.port(8080).describe('Port of the gateway; 0 takes a free one'),
  WORKER_PORT: fields.port(8081).describe('Port of the worker; 0 takes a free one'),
  REVIEW_PORT: fields.port(8082).describe('Port of the review app; 0 takes a free one'),
  HOST: fields.text('127.0.0.1').describe('Address that the apps listen on'),
  DATA_DIR: fields.text('.data').describe('Folder for the database, stored images and logs'),
  DATABASE_URL: fields
    .postgresUrl()
    .optional()
    .describe('A Postgres of your own instead of the embedded one'),
  APP_DATABASE_URL: fields
    .postgresUrl()
    .optional()
    .describe(
      'With DATABASE_URL: what the apps connect with, a login that can neither change nor delete the audit',
    ),
  SECRETS_KEY: z.string().optional().describe('What the review app encrypts stored secrets with'),
});

export type AppName = 'gateway' | 'worker' | 'review';

/** A port as it was asked for, and by which variable, so that an error can name it. 0 asks for any free one. */
export interface PortWish {
  app: AppName;
  variable: string;
  port: number;
}

export interface StartSettings {
  host: string;
  ports: PortWish[];
  /** absolute */
  dataDir: string;
  /** undefined: start the embedded one */
  databaseUrl: string | undefined;
  /** with a Postgres of the operator's own; undefined: the apps are who the migrations are */
  appDatabaseUrl?: string | undefined;
  /** undefined: the one in the data folder, made at the first start */
  secretsKey?: string | undefined;
  /** where the addresses and credentials are written once all is ready */
  jsonFile: string | undefined;
  /** every log line on the terminal, not only warnings */
  verbose: boolean;
}

/** @throws ConfigError for a variable, TypeError for a command line option that does not fit */
export const readSettings = (args: string[], env = process.env, cwd = process.cwd()): StartSettings => {
  const { values } = parseArgs({
    args,
    options: { json: { type: 'string' }, verbose: { type: 'boolean', default: false } },
  });
  const read = loadConfig(schema, env);
  return {
    host: read.HOST,
    ports: [
      { app: 'gateway', variable: 'GATEWAY_PORT', port: read.GATEWAY_PORT },
      { app: 'worker', variable: 'WORKER_PORT', port: read.WORKER_PORT },
      { app: 'review', variable: 'REVIEW_PORT', port: read.REVIEW_PORT },
    ],
    dataDir: path.resolve(cwd, read.DATA_DIR),
    databaseUrl: read.DATABASE_URL,
    appDatabaseUrl: read.APP_DATABASE_URL,
    secretsKey: read.SECRETS_KEY,
    jsonFile: values.json === undefined ? undefined : path.resolve(cwd, values.json),
    verbose: values.verbose,
  };
};

/** A path as somebody in the project's folder would write it. */
export const shown = (file: string): string => {
  const relative = path.relative(projectRoot, file);
  return relative.startsWith('..') ? file : relative;
};
