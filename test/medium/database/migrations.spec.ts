import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectDatabase, currentPolicyVersions, migrate, schemaDrift } from '#libs/database';
import { defaultPolicyDocument, policyDocumentSchema } from '#libs/domain';
import { createTestDatabase, type TestDatabase } from '../database.js';

describe('migrate', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
  });
  afterEach(() => database.drop());

  it('leaves exactly the schema that the entities describe', async () => {
    await migrate(database.dataSource);
    expect(await schemaDrift(database.dataSource)).toEqual([]);
  });

  it('notices a column that no entity knows', async () => {
    await migrate(database.dataSource);
    await database.dataSource.query('ALTER TABLE content ADD COLUMN stray integer');
    expect(await schemaDrift(database.dataSource)).toEqual(['ALTER TABLE "content" DROP COLUMN "stray"']);
  });

  it('applies each migration once when several apps start at the same moment', async () => {
    const apps = await Promise.all(
      Array.from({ length: 4 }, () => connectDatabase({ url: database.url, poolSize: 2 })),
    );
    const applied = await Promise.all(apps.map((app) => migrate(app)));
    await Promise.all(apps.map((app) => app.destroy()));
    expect(applied.flat()).toHaveLength(database.dataSource.migrations.length);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it('publishes the default policy once', async () => {
    await migrate(database.dataSource);
    await migrate(database.dataSource);
    const versions = await currentPolicyVersions(database.dataSource);
    expect(versions).toEqual([{ name: 'default', version: 1, document: defaultPolicyDocument }]);
    expect(policyDocumentSchema.parse(versions[0]!.document)).toEqual(defaultPolicyDocument);
  });
});
