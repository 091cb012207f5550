import { describe, expect, it } from '@jest/globals';
import { Opened } from './opened.js';

describe('What a worker has opened', () => {
  it('is closed, the latest first, and what never opened is not', async () => {
    const opened = new Opened();
    const closed: string[] = [];
    const close = (name: string): Promise<void> => Promise.resolve(void closed.push(name));
    await opened.keep(Promise.resolve('database'), close);
    await expect(opened.keep(Promise.reject<string>(new Error('no such bucket')), close)).rejects.toThrow();
    let open = (_name: string): void => undefined;
    const late = opened.keep(new Promise<string>((resolve) => (open = resolve)), close);
    const closing = opened.close();
    open('bus');
    await closing;
    expect(await late).toBe('bus');
    expect(closed).toEqual(['bus', 'database']);
    await opened.close();
    expect(closed).toHaveLength(2);
  });

  it('is closed also when another part of it will not', async () => {
    const opened = new Opened();
    let isClosed = false;
    await opened.keep(Promise.resolve(), () => Promise.resolve(void (isClosed = true)));
    await opened.keep(Promise.resolve(), () => Promise.reject(new Error('it hangs')));
    await expect(opened.close()).rejects.toMatchObject({ errors: [new Error('it hangs')] });
    expect(isClosed).toBe(true);
  });
});
