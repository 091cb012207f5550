import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '#libs/platform';
import { readGatewayConfig } from './gateway-config.js';

const read = (env: Record<string, string>) =>
  readGatewayConfig({ DATABASE_URL: 'postgres://127.0.0.1/sluice', ...env });

describe('The gateway’s configuration', () => {
  it('refuses uploads larger than all the memory there is for them, naming both variables', () => {
    const refused = () => read({ MAX_BYTES: '4097', UPLOAD_MEMORY_BYTES: '4096' });
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(/MAX_BYTES.*UPLOAD_MEMORY_BYTES \(4096\)/);
  });

  it('takes an upload that needs all the memory there is', () => {
    expect(read({ MAX_BYTES: '4096', UPLOAD_MEMORY_BYTES: '4096' }).uploads).toMatchObject({
      maxBytes: 4096,
      memoryBytes: 4096,
    });
  });
});
