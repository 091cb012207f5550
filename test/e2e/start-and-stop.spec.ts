import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../scripts/client/wait-for.js';
import type { Running } from '../../scripts/start/running-file.js';
import { gatewayOf, Installation, startLimitMs, survivors } from './installation.js';
import { nextPicture } from './pictures.js';

const limitMs = 30_000;
jest.setTimeout(2 * startLimitMs);

let installation: Installation;
let running: Running;

beforeAll(async () => {
  installation = await Installation.create();
  running = await installation.start();
}, startLimitMs);
afterAll(() => installation.remove(), startLimitMs);

describe('npm start', () => {
  it('says where everything is, and gives a key and a login that work', async () => {
    expect(installation.output).toContain(running.gateway);
    expect(installation.output).toContain(running.review);
    expect(installation.output).toContain(running.apiKey);
    await gatewayOf(running).moderate({ bytes: await nextPicture() });
    const { email, password } = running.logins[0]!;
    const session = await fetch(`${running.review}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(session.status).toBe(200);
  });

  it('is refused on a folder where a system runs already', async () => {
    const second = Installation.on(installation.folder);
    expect(await second.launch()).toBe(1);
    expect(second.output).toContain('Sluice already runs on');
  });

  it('names the port that is taken, and the variable that chooses another', async () => {
    const occupier = createServer().listen(0, '127.0.0.1');
    await once(occupier, 'listening');
    const { port } = occupier.address() as AddressInfo;
    const other = await Installation.create();
    try {
      expect(await other.launch({ env: { REVIEW_PORT: String(port) } })).toBe(1);
      expect(other.output).toContain(`Port ${port} for the review is in use`);
      expect(other.output).toContain('REVIEW_PORT=');
    } finally {
      await other.remove();
      occupier.close();
    }
  });

  it('says which variable does not fit', async () => {
    const other = await Installation.create();
    expect(await other.launch({ env: { GATEWAY_PORT: 'eighty' } })).toBe(1);
    expect(other.output).toContain('GATEWAY_PORT');
    await other.remove();
  });

  it('ends every process at Ctrl-C, and finds its data again the next time', async () => {
    const bytes = await nextPicture();
    const { id, verdict } = await gatewayOf(running).moderate({ bytes });
    const before = await installation.processes();
    expect(Object.keys(before).sort()).toEqual(['gateway', 'postgres', 'review', 'supervisor', 'worker']);

    expect(await installation.stop('SIGINT')).toBe(0);
    expect(await survivors(before)).toEqual([]);

    const again = await installation.start();
    expect(again).toMatchObject({ apiKey: running.apiKey, logins: running.logins });
    running = again;
    const record = await waitFor('the earlier upload', limitMs, () => gatewayOf(running).content(id));
    expect(record.history[0]).toMatchObject({ tier: 'fast', verdict });
  });

  it('ends every process at SIGTERM too', async () => {
    const before = await installation.processes();
    expect(await installation.stop('SIGTERM')).toBe(0);
    expect(await survivors(before)).toEqual([]);
  });
});
