// A process that puts pictures of its own, several at once, without an end, and says which ones are stored. Argument: folder.
import { createHash, randomBytes } from 'node:crypto';
// Processes of their own cannot load TypeScript: they take what the build made.
import { blobKeyFor, DiskBlobStore } from '../../../dist/libs/blobs/src/index.js';

const store = await DiskBlobStore.open(process.argv[2]);
const putForEver = async () => {
  for (;;) {
    const bytes = randomBytes(500_000);
    const key = blobKeyFor(createHash('sha256').update(bytes).digest('hex'));
    await store.put(key, bytes);
    process.stdout.write(`${key}\n`);
  }
};
await Promise.all([putForEver(), putForEver(), putForEver(), putForEver()]);
