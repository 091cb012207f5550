import { setPriority } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import type { Pixels } from '#libs/domain';
import type { ReadAnswer, ReadRequest } from './protocol.js';
import { readViews } from './read-views.js';
import { ZXingReader } from './zxing-reader.js';

/** Steps back behind the event loop. On Linux process id 0 means this thread; elsewhere it would be the whole process. */
const niceness = 10;
if (process.platform === 'linux') setPriority(0, niceness);

/** A closed port takes memory over, as transferring demands, and keeps nothing: a quiet heap's collector would hold it. */
const nowhere = new MessageChannel().port1;
nowhere.close();

let reader: ZXingReader | undefined = await ZXingReader.open();

/** Entry of a thread that reads codes. After a fault the binary's memory cannot be trusted: a new one is opened. */
const readCodes = async (request: ReadRequest): Promise<ReadAnswer> => {
  reader ??= await ZXingReader.open();
  try {
    return readViews(reader, request);
  } catch (error) {
    reader = undefined;
    throw error;
  } finally {
    request.views.forEach(discard);
  }
};

const discard = ({ data: { buffer } }: Pixels): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) nowhere.postMessage(null, [buffer]);
};

export default readCodes;
