import { describe, expect, it } from '@jest/globals';
import { readDockerfile } from './dockerfile.js';

describe('readDockerfile', () => {
  it('gives a stage what it has from the one below', () => {
    const stages = readDockerfile(`
ARG NODE=node:24
FROM \${NODE} AS base
ENV A=1 \\
  # said in between
  B=two
USER 10001:10001
FROM base AS app
HEALTHCHECK --interval=1s \\
  CMD ["node", "alive.js"]
ENTRYPOINT ["node", "app.js"]
CMD ["now"]
`);
    expect(stages.get('app')).toEqual({
      name: 'app',
      environment: { A: '1', B: 'two' },
      user: '10001:10001',
      stopSignal: undefined,
      entryPoint: ['node', 'app.js'],
      command: ['now'],
      healthCheck: ['node', 'alive.js'],
    });
    expect(stages.get('base')?.entryPoint).toEqual([]);
  });

  it('refuses a shell between the engine and the program', () => {
    expect(() => readDockerfile('FROM x AS y\nENTRYPOINT node app.js')).toThrow('exec form');
  });
});
