import { prepareVectorIndex, type VectorIndexRefusal } from '#libs/database';
import { withDatabase } from '../admin/with-database.js';

const refusals: Record<VectorIndexRefusal, string> = {
  no_pgvector:
    'This Postgres has no pgvector: install it on the server (Debian: postgresql-<version>-pgvector), then run this again.',
  pgvector_too_old:
    'This Postgres has a pgvector older than 0.8, which cannot search on where a filter takes things away.',
  not_allowed:
    'DATABASE_URL’s user may not make extensions: let an administrator run CREATE EXTENSION vector in this database, then run this again.',
};

/** npm run similar:index */
export const main = (): Promise<number> =>
  withDatabase(async (dataSource) => {
    const prepared = await prepareVectorIndex(dataSource, (copied, of) =>
      process.stderr.write(`\r${copied} of ${of} embeddings copied`),
    );
    if (!prepared.ok) {
      console.error(`${refusals[prepared.code]}\nSimilar pictures are searched for one by one until then.`);
      return 1;
    }
    const { version, models, embeddings } = prepared.value;
    process.stderr.write('\n');
    console.log(`pgvector ${version}: ${embeddings} embeddings, indexed for`);
    for (const { model, version: of, numbers } of models)
      console.log(`  ${model} ${of}, ${numbers} numbers each`);
    if (models.length === 0) console.log('  no model yet: run this again once the first pictures have come');
    return 0;
  });
