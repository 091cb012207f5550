import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../scripts/client/wait-for.js';
import { metricsIn, queries } from '../../scripts/deploy/checks/metrics.js';
import { anyFreePort } from '../../scripts/start/free-port.js';
import {
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../scripts/start/postgres/temporary-postgres.js';
import { Image, type Running } from './image.js';
import { startLimitMs } from './installation.js';

const host = '127.0.0.1';
jest.setTimeout(2 * startLimitMs);

let image: Image;
let postgres: TemporaryPostgres;
let contents: string[];

beforeAll(async () => {
  [image, postgres] = await Promise.all([Image.assemble(), startTemporaryPostgres()]);
  contents = await image.contents();
}, startLimitMs);
afterAll(async () => {
  await postgres?.stop();
  await image?.remove();
}, startLimitMs);

const program = (args?: string[]): Running => image.start('migrate', { DATABASE_URL: postgres.url }, args);

describe('the migrate image', () => {
  it('prepares an empty database, and a prepared one again', async () => {
    const first = await program().end;
    expect(first.output).toContain('applied');
    expect(first.code).toBe(0);
    const second = await program().end;
    expect(second.output).toContain('up to date');
    expect(second.code).toBe(0);
  });

  it('makes an API key', async () => {
    const { code, output } = await program(['admin/create-api-key', '--name', 'shop']).end;
    expect(output).toMatch(/shop/);
    expect(code).toBe(0);
  });

  it('has everything that its programs import', async () => {
    const programs = await image.programs();
    expect(programs).toEqual(
      expect.arrayContaining(['admin/create-api-key', 'admin/create-moderator', 'dlq']),
    );
    const load = programs.map((each) => `await import('./dist/scripts/${each}.js');`).join('');
    const script = ['--input-type=module', '--eval', `${load} process.exit();`];
    expect(await image.run('migrate', ['node', ...script], {}).end).toEqual({ code: 0, output: '' });
  });

  it('ends with 1 and the name of a variable that does not fit, without its value', async () => {
    const { code, output } = await image.start('migrate', { DATABASE_URL: 'mysql://u:hunter2@h/d' }).end;
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_URL');
    expect(output).not.toContain('hunter2');
  });

  it('ends with 1 for a program that is not there', async () => {
    expect(await program(['deploy/nothing']).end).toMatchObject({ code: 1 });
  });
});

describe('the images of the apps', () => {
  const exposed = new Set<string>();

  it.each([
    { target: 'gateway', variable: 'GATEWAY_PORT' },
    { target: 'worker', variable: 'WORKER_PORT' },
    { target: 'review', variable: 'REVIEW_PORT' },
  ])('$target becomes ready, is seen healthy, and ends in order', async ({ target, variable }) => {
    const port = await anyFreePort(host);
    const environment = { DATABASE_URL: postgres.url, HOST: host, [variable]: String(port) };
    const app = image.start(target, environment);
    try {
      await waitFor(`${target} to be ready`, startLimitMs, async () => {
        app.assertAlive();
        const answer = await fetch(`http://${host}:${port}/v1/health/ready`).catch(() => undefined);
        return answer?.ok ? true : undefined;
      });
      expect(await image.checkHealth(target, environment)).toMatchObject({ code: 0 });
      const metrics = await (await fetch(`http://${host}:${port}/metrics`)).text();
      for (const [, name = ''] of metrics.matchAll(/^# TYPE (\w+)/gm)) exposed.add(name);
      expect(await app.stop(image.stopSignal(target))).toMatchObject({ code: 0 });
    } finally {
      await app.stop('SIGKILL');
    }
    expect(await image.checkHealth(target, environment)).toMatchObject({ code: 1 });
  });

  it('expose every metric that dashboard and alerts ask for', async () => {
    const asked = new Set((await queries()).flatMap(({ expr }) => metricsIn(expr)));
    expect(asked.size).toBeGreaterThan(0);
    expect([...asked].filter((name) => !exposed.has(name))).toEqual([]);
  });

  it('have written nothing beside their data', async () => {
    expect(await image.contents()).toEqual(contents);
  });
});
