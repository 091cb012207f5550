import pc from 'picocolors';
import { demoAccessFile, type DemoAccess } from './demo-access.js';
import type { AppName, StartSettings } from './settings.js';
import { shown } from './settings.js';

/** What the operator reads once everything is ready. */
export const announcement = (
  urls: Record<AppName, string>,
  access: DemoAccess,
  { dataDir, databaseUrl }: StartSettings,
): string => {
  const isOneMachine = databaseUrl === undefined;
  const rows: [string, string][] = [
    ['Gateway', `${urls.gateway}   API description at /docs`],
    ['Review', urls.review],
    ['Worker', `${urls.worker}   health and metrics only`],
    ['Data', shown(dataDir)],
    ...credentials(access, dataDir, isOneMachine),
  ];
  const lines = rows.map(([name, value]) => `  ${pc.bold(name.padEnd(10))} ${value}`);
  return [
    '',
    pc.green('Sluice is ready.'),
    '',
    ...lines,
    '',
    'Try it:',
    `  curl -sS -H 'Authorization: Bearer ${isOneMachine ? access.apiKey : '<key>'}' \\`,
    `    -H 'Content-Type: image/jpeg' --data-binary @photo.jpg ${urls.gateway}/v1/moderate`,
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
};

/** With a database of one's own this may be a shared machine: then the secrets stay in their file. */
const credentials = (
  { apiKey, logins }: DemoAccess,
  dataDir: string,
  isOneMachine: boolean,
): [string, string][] =>
  isOneMachine
    ? [
        ['API key', apiKey],
        ...logins.map(({ role, email, password }): [string, string] => [
          `${role[0]!.toUpperCase()}${role.slice(1)}`,
          `${email.padEnd(20)} password ${password}`,
        ]),
      ]
    : [['Demo key', `and logins of each role are in ${shown(demoAccessFile(dataDir))}`]];
