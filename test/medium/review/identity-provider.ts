import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';

export type Claims = Record<string, unknown>;

/** An OpenID Connect provider that runs, and a browser that signs in there. */
export class IdentityProvider {
  private constructor(
    private readonly process: ChildProcess,
    readonly issuer: string,
    private readonly redirectUrl: string,
  ) {}

  static async start(redirectUrl: string): Promise<IdentityProvider> {
    const file = join(projectRoot, 'test', 'medium', 'review', 'identity-provider.process.mjs');
    // Its advice about production is not for here.
    const child = fork(file, [redirectUrl], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
    const [{ issuer }] = (await once(child, 'message')) as [{ issuer: string }];
    return new IdentityProvider(child, issuer, redirectUrl);
  }

  /** From now on it knows these, by their subjects. */
  async knows(people: Record<string, Claims>): Promise<void> {
    const heard = once(this.process, 'message');
    this.process.send(people);
    await heard;
  }

  /**
   * What a browser does that is led to `url`, where somebody signs in as `subject` and consents.
   * @returns the query with which it is led back; undefined subject: the person turns back instead
   */
  async signIn(url: string, subject: string | undefined): Promise<string> {
    const cookies = new Map<string, string>();
    let next = url;
    let init: RequestInit = {};
    for (let steps = 0; steps < 20; steps++) {
      const answer = await fetch(next, {
        ...init,
        redirect: 'manual',
        headers: { ...init.headers, cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
        cookies.set(name!, value!);
      }
      init = {};
      const location = answer.headers.get('location');
      if (location?.startsWith(this.redirectUrl)) return new URL(location).search;
      if (location !== null) {
        next = new URL(location, next).href;
        continue;
      }
      const page = await answer.text();
      const uid = /\/interaction\/([\w-]+)/.exec(page)?.[1];
      if (uid === undefined) throw new Error(`The provider answers ${answer.status}: ${page.slice(0, 500)}`);
      next = `${this.issuer}/interaction/${uid}${subject === undefined ? '/abort' : ''}`;
      if (subject === undefined) continue;
      const prompt = page.includes('value="consent"') ? 'consent' : 'login';
      init = {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ prompt, login: subject, password: 'any' }).toString(),
      };
    }
    throw new Error('The provider leads in circles');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}
