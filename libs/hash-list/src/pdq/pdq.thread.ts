import { setPriority } from 'node:os';
import type { Pixels } from '#libs/domain';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { pdqHash } from './pdq-hash.js';
import type { HashedPixels } from './pdq-hasher.js';

/** On Linux priorities belong to threads: only this one steps back behind the event loop. */
const niceness = 5;
setPriority(0, niceness);

/** Entry of the hash thread. The pixels' memory comes in by transfer and goes back the same way. */
const hashAndReturn = (pixels: Pixels): unknown =>
  move({
    [transferableSymbol]: pixels.data.buffer,
    [valueSymbol]: { hash: pdqHash(pixels), pixels } satisfies HashedPixels,
  });

export default hashAndReturn;
