import { setPriority } from 'node:os';
import type { Pixels } from '#libs/domain';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { pdqHash } from './pdq-hash.js';
import type { HashedPixels } from './pdq-hasher.js';

/** Steps back behind the event loop. On Linux process id 0 means this thread; elsewhere it would be the whole process. */
const niceness = 10;
if (process.platform === 'linux') setPriority(0, niceness);

/** Entry of the hash thread. The pixels' memory comes in by transfer and goes back the same way. */
const hashAndReturn = (pixels: Pixels): unknown =>
  move({
    [transferableSymbol]: pixels.data.buffer,
    [valueSymbol]: { hash: pdqHash(pixels), pixels } satisfies HashedPixels,
  });

export default hashAndReturn;
