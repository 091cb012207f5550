import { once } from 'node:events';
import { createServer } from 'node:net';
import type { PortWish } from './settings.js';
import { StartError } from './start-error.js';

/** Whether `port` can be listened on now. */
export const isFree = async (host: string, port: number): Promise<boolean> =>
  (await listenBriefly(host, port)) !== undefined;

/** A port that is free now; 0 lets the system choose. Another process may take it before it is used. */
export const anyFreePort = async (host: string): Promise<number> => {
  const port = await listenBriefly(host, 0);
  if (port === undefined) throw new StartError(`No port is free on ${host}.`);
  return port;
};

/** @throws StartError naming the variable that would choose another port */
export const takePort = async (host: string, { app, variable, port }: PortWish): Promise<number> => {
  if (port === 0) return anyFreePort(host);
  if (await isFree(host, port)) return port;
  throw new StartError(
    `Port ${port} for the ${app} is in use by another process. Choose another one: ${variable}=${port + 1000} npm start (0 takes any free one).`,
  );
};

const listenBriefly = async (host: string, port: number): Promise<number | undefined> => {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (isAddressInUse(error)) return undefined;
    throw error;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
};

/** No `instanceof Error`: within Jest a socket's error belongs to another realm. */
const isAddressInUse = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
