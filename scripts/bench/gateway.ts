import { parseArgs } from 'node:util';
import { caseRows } from './flagged-to-case.js';
import { cacheRows } from './gateway/cache.js';
import { threads } from './gateway/load.js';
import { overloadRows } from './gateway/overload.js';
import { peerRows } from './gateway/peers.js';
import { throughputRows } from './gateway/throughput.js';
import { hashingRows } from './hashing.js';
import { largePhotos, smallPhotos } from './load/pictures.js';
import { type BenchRow, report } from './report.js';
import { measureSections } from './sections.js';

/**
 * npm run bench:gateway [-- --json FILE] [--only SECTION,…] [--seconds N]: the gateway against the floor of its own
 * work, against other services, with its cache, and overloaded. Takes about ten minutes. Returns the exit code.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      seconds: { type: 'string', default: '15' },
    },
  });
  const seconds = Number(values.seconds);
  const [small, large] = [await smallPhotos(), await largePhotos()];
  const sections: Record<string, () => Promise<BenchRow[]>> = {
    small: () => throughputRows('40 KB', small, seconds),
    large: () => throughputRows('600 KB', large, seconds),
    peers: () => peerRows(small, seconds),
    cache: () => cacheRows(small, seconds),
    overload: () => overloadRows(small, seconds),
    hashing: hashingRows,
    case: caseRows,
  };
  const rows = await measureSections(sections, values.only);
  report(`bench:gateway, ${threads} cores`, rows);
  return 0;
};
