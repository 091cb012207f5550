import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { disableModerator } from '#libs/database';
import { ensureDemoAccess } from '../../../scripts/start/demo-access.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

describe('the key and logins of npm start', () => {
  let database: TestDatabase;
  let folders: string[];
  beforeAll(async () => {
    database = await createTestDatabase();
    folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'sluice-demo-'))));
  });
  afterAll(async () => {
    await database.drop();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  it('stay the same for a folder, and do not open again what was disabled, in no folder', async () => {
    const first = await ensureDemoAccess(database.dataSource, folders[0]!);
    expect(first.logins.map(({ role }) => role)).toEqual(['moderator', 'senior', 'lead', 'admin']);
    expect(await ensureDemoAccess(database.dataSource, folders[0]!)).toEqual(first);
    await disableModerator(database.dataSource, 'admin@sluice.local');
    for (const folder of folders) {
      const { logins } = await ensureDemoAccess(database.dataSource, folder);
      expect(logins.map(({ role }) => role)).toEqual(['moderator', 'senior', 'lead']);
    }
  });
});
