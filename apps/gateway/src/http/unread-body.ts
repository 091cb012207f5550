import type { IncomingMessage } from 'node:http';

/** How long a caller may go on sending a body that was refused already, in milliseconds. */
const lingerMs = 2_000;

/**
 * After an answer that was given before the body had been read. Closing at once would reset the connection under a
 * caller that is still sending, and its answer would be lost with it (RFC 9112, 9.6); so the rest is read and thrown
 * away for a moment, and then the connection is cut.
 */
export const drainUnread = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  request.removeAllListeners('data');
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  request.resume();
};
