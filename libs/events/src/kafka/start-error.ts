import { cleanReason } from '../clean-reason.js';
import { KafkaStartError } from '../errors.js';
import type { KafkaSettings } from './settings.js';

/** What kafkajs threw, told to whoever has to mend the configuration: which variable, what happened, what to look at. */
export const startError = (settings: KafkaSettings, cause: unknown): KafkaStartError => {
  const brokers = `KAFKA_BROKERS=${settings.brokers.join(',')}`;
  const words = reasonOf(cause);
  const { problem, advice } = diagnosis(settings, words);
  return new KafkaStartError(`${brokers}: ${problem} (${words}). ${advice}`, { cause });
};

const diagnosis = ({ tls, sasl }: KafkaSettings, words: string): { problem: string; advice: string } => {
  if (/SASL|authenticat/i.test(words))
    return sasl
      ? {
          problem: `the brokers refuse the user of KAFKA_USERNAME with KAFKA_SASL=${sasl.mechanism}`,
          advice: 'Check KAFKA_USERNAME and KAFKA_PASSWORD, and that the listener takes this mechanism.',
        }
      : { problem: 'the brokers want a login', advice: 'Set KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD.' };
  if (/certificate|self.signed|altname|issuer|unable to verify/i.test(words))
    return {
      problem: 'the certificate of a broker is not trusted',
      advice: 'Check KAFKA_CA_FILE, and that the certificate names the host in KAFKA_BROKERS.',
    };
  if (/wrong version number|packet length|SSL|TLS|EPROTO/i.test(words))
    return {
      problem: 'TLS with the brokers fails',
      advice: 'Check KAFKA_TLS: the listener may be one without TLS.',
    };
  if (/ENOTFOUND|EAI_AGAIN/.test(words))
    return { problem: 'the host is not known', advice: 'Check the name, and the DNS of this machine.' };
  if (/AUTHORIZATION|not authorized/i.test(words))
    return {
      problem: 'the user may not do what is needed',
      advice: 'It has to describe, create, read and write topics and groups with KAFKA_TOPIC_PREFIX.',
    };
  if (/replication.factor/i.test(words))
    return {
      problem: 'topics cannot be made',
      advice: 'Check KAFKA_REPLICATION: there must be as many brokers.',
    };
  return {
    problem: 'Kafka is out of reach there',
    advice: [
      'Check the address, that Kafka runs there, and that its advertised.listeners can be reached from here',
      tls ? 'that the listener speaks TLS' : 'KAFKA_TLS, if the listener wants TLS',
      ...(sasl ? [] : ['KAFKA_SASL, if it wants a login']),
    ].join('; '),
  };
};

/** The words of the error and of those behind it, without a login that might stand in them. */
const reasonOf = (cause: unknown): string => {
  const words: string[] = [];
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const told = ownWords(at);
    if (!words.some((each) => each.includes(told))) words.push(told);
  }
  return cleanReason(words.join('; ')).slice(0, 300) || 'no reason was given';
};

const ownWords = (error: Error): string => {
  const { type } = error as { type?: unknown };
  return typeof type === 'string' && type !== 'UNKNOWN' ? `${error.message} [${type}]` : error.message;
};
