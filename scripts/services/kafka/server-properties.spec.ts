import { describe, expect, it } from '@jest/globals';
import { serverProperties, writeProperties } from './server-properties.js';

const ports = { client: 9092, internal: 9093, controller: 9094 };

describe('The properties of a broker', () => {
  it('tell clients to come to the proxy that stands before it, and the broker itself to the door behind', () => {
    const properties = serverProperties(ports, '/data', '127.0.0.1:7000');

    expect(properties['advertised.listeners']).toBe('CLIENT://127.0.0.1:7000,INTERNAL://127.0.0.1:9093');
    expect(properties.listeners).toContain('CLIENT://127.0.0.1:9092');
  });

  it('keep a certificate of several lines and a backslash as they are', () => {
    expect(writeProperties({ pem: '-----BEGIN-----\nabc\n', path: 'a\\b' })).toBe(
      'pem=-----BEGIN-----\\nabc\\n\npath=a\\\\b\n',
    );
  });
});
