import { Readiness } from './readiness.js';

describe('Readiness', () => {
  it('is ready when every part is up, and shows what a part says', async () => {
    const readiness = new Readiness();
    readiness.register('models', () => Promise.resolve('cpu'));
    readiness.register('bus', () => Promise.resolve());
    expect(await readiness.report()).toEqual({
      status: 'ready',
      checks: { models: { status: 'up', detail: 'cpu' }, bus: { status: 'up' } },
    });
  });

  it('names the part that is down and why', async () => {
    const readiness = new Readiness();
    readiness.register('bus', () => Promise.reject(new Error('connection refused')));
    expect(await readiness.report()).toMatchObject({
      status: 'not_ready',
      checks: { bus: { status: 'down', detail: 'connection refused' } },
    });
  });

  it('is not ready while shutting down', async () => {
    const readiness = new Readiness();
    readiness.drain();
    expect((await readiness.report()).status).toBe('not_ready');
  });
});
