import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Pixels } from '#libs/domain';
import { projectRoot } from '../project-root.js';

/** Packs that are made from nsfwjs, by nsfwjs's own names. */
export const nsfwjsModels = {
  'nsfw-mobilenet-v2': 'MobileNetV2',
  'nsfw-inception-v3': 'InceptionV3',
} as const;
export type NsfwjsPack = keyof typeof nsfwjsModels;

type Answer = { id: number; probabilities: Record<string, number> };

/** nsfwjs as its users run it (TensorFlow.js, wasm backend): what the converted packs have to agree with. */
export class NsfwjsReference {
  #asked = 0;

  private constructor(private readonly child: ChildProcess) {}

  static async start(pack: NsfwjsPack): Promise<NsfwjsReference> {
    const script = join(projectRoot, 'scripts/models/reference/nsfwjs.process.mjs');
    const child = fork(script, [nsfwjsModels[pack]], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`nsfwjs ended with ${code} at its start`);
    });
    await Promise.race([once(child, 'message'), died]);
    died.catch(() => undefined);
    return new NsfwjsReference(child);
  }

  /**
   * nsfwjs's own pipeline on a full decode: float pixels, TensorFlow's resize where the size differs, the network.
   *
   * @returns probability by label, lower case
   */
  async classify(pixels: Pixels): Promise<Record<string, number>> {
    const id = (this.#asked += 1);
    this.child.send({ id, pixels });
    for (;;) {
      const [answer] = (await once(this.child, 'message')) as [Answer];
      if (answer.id === id) return answer.probabilities;
    }
  }

  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
