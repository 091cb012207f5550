import { once } from 'node:events';
import { connect } from 'node:net';

/** Metadata, version 1: the oldest that brokers of Kafka 4 answer, and the simplest. */
const apiKey = 3;
const apiVersion = 1;
const correlationId = 1;
const answerLimitMs = 3_000;
const brokerCountAt = 8;

/**
 * Whether the broker counts itself among those that serve, which it does when topics can be made and groups joined. A
 * port that accepts connections says less: it is open seconds earlier.
 *
 * The request and its answer, by hand (Kafka protocol guide): size, api key, version, correlation id, client id, no
 * topics; size, correlation id, number of brokers …
 */
export const servesMetadata = async (host: string, port: number): Promise<boolean> => {
  const socket = connect({ host, port });
  try {
    socket.setTimeout(answerLimitMs, () => socket.destroy(new Error('no answer')));
    await once(socket, 'connect');
    socket.write(request);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length >= brokerCountAt + 4) return answer.readInt32BE(brokerCountAt) > 0;
    }
    return false;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const request = ((): Buffer => {
  const clientId = Buffer.from('sluice-probe');
  const body = Buffer.alloc(10 + clientId.length + 4);
  body.writeInt16BE(apiKey, 0);
  body.writeInt16BE(apiVersion, 2);
  body.writeInt32BE(correlationId, 4);
  body.writeInt16BE(clientId.length, 8);
  clientId.copy(body, 10);
  body.writeInt32BE(0, 10 + clientId.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
})();
