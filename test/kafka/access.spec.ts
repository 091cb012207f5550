import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KafkaSettings, KafkaStartError } from '#libs/events';
import { KafkaBus } from '../../libs/events/src/kafka/kafka-bus.js';
import { createLogger } from '#libs/platform';
import { KafkaBroker } from '../../scripts/services/kafka-broker.js';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { Recorder } from '../contracts/recorder.js';
import { eventually } from '../medium/eventually.js';
import { delivery, freshSettings } from './place.js';

/** Everything that the bus said, to look for what it must not say. */
const said: string[] = [];
const logger = createLogger('access-test', 'debug', { write: (line) => void said.push(line) });
const open = (settings: KafkaSettings): Promise<KafkaBus> => KafkaBus.open({ settings, logger, delivery });

const refusal = async (settings: KafkaSettings): Promise<string> => {
  const error = await open(settings).then(
    async (bus) => {
      await bus.close();
      throw new Error('it was let in');
    },
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KafkaStartError);
  return (error as Error).message;
};

const passes = async (settings: KafkaSettings): Promise<void> => {
  const bus = await open(settings);
  try {
    const recorder = new Recorder<'content.flagged'>();
    await bus.subscribe('content.flagged', 'worker', recorder.handler);
    const event = aFlaggedEvent();
    await bus.publish('content.flagged', [event]);
    await eventually(() => expect(recorder.ids()).toEqual([event.id]));
    await bus.check();
  } finally {
    await bus.close();
  }
};

describe('The Kafka bus, where no Kafka is', () => {
  const closers: (() => void)[] = [];
  afterAll(() => closers.forEach((close) => close()));
  const listening = async (onSocket: (socket: Socket) => void): Promise<string> => {
    const server: Server = createServer(onSocket);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('says at the start that nobody listens there', async () => {
    const message = await refusal(freshSettings('127.0.0.1:1'));
    expect(message).toMatch(/^KAFKA_BROKERS=127\.0\.0\.1:1: .*ECONNREFUSED.*Check the address/);
  });

  it('says at the start that the host is not known', async () => {
    const message = await refusal(freshSettings('kafka.invalid:9092'));
    expect(message).toMatch(/^KAFKA_BROKERS=kafka\.invalid:9092: the host is not known/);
  });

  it('says at the start that something else answers there, or nothing', async () => {
    const web = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await refusal(freshSettings(web))).toMatch(/^KAFKA_BROKERS=.*Kafka is out of reach/);
    const silent = await listening((socket) => socket.on('error', () => undefined).resume());
    expect(await refusal(freshSettings(silent))).toMatch(/^KAFKA_BROKERS=.*Kafka is out of reach/);
  });

  it('says at the start that the authority’s file is missing', async () => {
    const settings = { ...freshSettings('127.0.0.1:1'), tls: { caFile: '/nowhere/ca.pem' } };
    expect(await refusal(settings)).toMatch(/^KAFKA_CA_FILE: \/nowhere\/ca\.pem cannot be read \(ENOENT\)/);
  });
});

describe('The Kafka bus over TLS, with a login', () => {
  const password = 'correct-horse-9';
  let folder: string;
  let broker: KafkaBroker | undefined;
  let settings: KafkaSettings;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-kafka-access-'));
    const store = path.join(folder, 'broker.p12');
    await makeCertificate(store, path.join(folder, 'ca.pem'));
    const jaas = 'org.apache.kafka.common.security';
    broker = await KafkaBroker.start({
      scramUsers: { carol: password },
      properties: {
        'listener.security.protocol.map': 'CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'listener.name.client.ssl.keystore.type': 'PKCS12',
        'listener.name.client.ssl.keystore.location': store,
        'listener.name.client.ssl.keystore.password': storePassword,
        'listener.name.client.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.client.plain.sasl.jaas.config': `${jaas}.plain.PlainLoginModule required user_carol="${password}";`,
        'listener.name.client.scram-sha-256.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
        'listener.name.client.scram-sha-512.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
      },
    });
    settings = {
      ...freshSettings(broker.brokers),
      tls: { caFile: path.join(folder, 'ca.pem') },
      sasl: { mechanism: 'scram-sha-512', username: 'carol', password },
    };
  });
  afterAll(async () => {
    await broker?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'carries events with %s',
    async (mechanism) => {
      await passes({ ...settings, sasl: { ...settings.sasl!, mechanism } });
    },
  );

  it.each(['plain', 'scram-sha-512'] as const)('refuses a wrong password with %s', async (mechanism) => {
    const sasl = { mechanism, username: 'carol', password: 'wrong-battery-7' };
    const message = await refusal({ ...settings, sasl });
    expect(message).toMatch(
      /the brokers refuse the user of KAFKA_USERNAME.*Check KAFKA_USERNAME and KAFKA_PASSWORD/,
    );
    expect(message).not.toContain('wrong-battery-7');
  });

  it('says that a login is missing', async () => {
    const { sasl: _, ...without } = settings;
    expect(await refusal(without)).toMatch(/KAFKA_SASL|KAFKA_TLS/);
  });

  it('says that the certificate is not trusted', async () => {
    expect(await refusal({ ...settings, tls: {} })).toMatch(
      /certificate of a broker is not trusted.*KAFKA_CA_FILE/,
    );
    const other = path.join(folder, 'other.pem');
    await makeCertificate(path.join(folder, 'other.p12'), other);
    expect(await refusal({ ...settings, tls: { caFile: other } })).toMatch(/not trusted/);
    const rubbish = path.join(folder, 'rubbish.pem');
    await writeFile(rubbish, 'rubbish');
    expect(await refusal({ ...settings, tls: { caFile: rubbish } })).toMatch(/KAFKA_CA_FILE/);
  });

  it('says what to check when one side speaks TLS and the other does not', async () => {
    expect(await refusal({ ...settings, tls: false })).toMatch(/KAFKA_TLS/);
    const { sasl: _, ...plain } = { ...freshSettings(), tls: settings.tls, sasl: undefined };
    expect(await refusal(plain)).toMatch(/KAFKA_TLS/);
  });

  it('has shown no password to anybody', () => {
    expect(said.join('\n')).not.toMatch(/correct-horse-9|wrong-battery-7/);
  });
});

const storePassword = 'store-password';

/** A certificate that is its own authority, for 127.0.0.1: the JDK's keytool writes what the broker reads. */
const makeCertificate = async (store: string, pem: string): Promise<void> => {
  const keytool = process.env['JAVA_HOME']
    ? path.join(process.env['JAVA_HOME'], 'bin', 'keytool')
    : 'keytool';
  const run = promisify(execFile);
  const access = [
    '-alias',
    'broker',
    '-keystore',
    store,
    '-storetype',
    'PKCS12',
    '-storepass',
    storePassword,
  ];
  await run(keytool, [
    ...['-genkeypair', ...access, '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2'],
    ...['-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1,dns:localhost'],
  ]);
  await run(keytool, ['-exportcert', '-rfc', ...access, '-file', pem]);
  expect(await readFile(pem, 'utf8')).toContain('BEGIN CERTIFICATE');
};
