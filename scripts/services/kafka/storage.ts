import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from '../run-tool.js';
import { type BrokerProperties, writeProperties } from './server-properties.js';

/** For passwords that brokers keep themselves (SCRAM-SHA-256 and -512): user name to password. */
export type ScramUsers = Record<string, string>;

/**
 * Formats the broker's storage where there is none. A format that was cut short leaves nothing that looks like one: it
 * works in a folder beside it, which gets its name when it is complete.
 */
export const ensureStorage = async (
  folder: string,
  { java, properties, scramUsers }: { java: string[]; properties: BrokerProperties; scramUsers: ScramUsers },
): Promise<void> => {
  if (existsSync(path.join(folder, 'meta.properties'))) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const file = `${unfinished}.properties`;
  await writeFile(file, writeProperties({ ...properties, 'log.dirs': unfinished }), { mode: 0o600 });
  const [command, ...args] = java;
  const users = Object.entries(scramUsers).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  try {
    await runTool(command!, [
      ...[...args, 'kafka.tools.StorageTool', 'format'],
      ...['--cluster-id', clusterId(), '--config', file, ...users],
    ]);
    await rename(unfinished, folder);
  } finally {
    await rm(file, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
};

/** 16 random bytes in base64url, as Kafka's own are; like those it never begins with a dash, which looks like an option. */
const clusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? clusterId() : id;
};
