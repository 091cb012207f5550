import { MessageChannel } from 'node:worker_threads';

/** A closed port takes memory over, as transferring demands, and keeps nothing. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Gives the memory of pixels back at once. Left to the garbage collector, each inference thread, whose heap is small
 * and quiet, would hold up to 64 MB of dead pixels (V8's limit of external memory) before it looked.
 */
export const discard = ({ buffer }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) nowhere.postMessage(null, [buffer]);
};
