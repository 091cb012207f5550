import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

const stopLimitMs = 10_000;

/** A process beside the benchmark, so that its processor time is its own; it is asked one thing after the other. */
export class MeasuringProcess<Question extends object, Answer> {
  private constructor(private readonly child: ChildProcess) {}

  /** @param program of this folder. Resolves when it says that it is ready. @throws Error when it ends instead */
  static async start<Question extends object, Answer>(
    program: string,
    args: string[],
  ): Promise<MeasuringProcess<Question, Answer>> {
    const child = fork(new URL(`./${program}.js`, import.meta.url), args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // as the apps run: see scripts/start/processes/app-process.ts
      env: {
        MALLOC_ARENA_MAX: '2',
        MALLOC_MMAP_THRESHOLD_: String(8 * 1024 * 1024),
        MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
        UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())),
        ...process.env,
      },
    });
    const started = new MeasuringProcess<Question, Answer>(child);
    await started.nextMessage();
    return started;
  }

  /** @throws Error when it ends instead of answering */
  async ask(question: Question): Promise<Answer> {
    const answer = this.nextMessage();
    this.child.send(question);
    return (await answer) as Answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopLimitMs);
    await ended;
    clearTimeout(timer);
  }

  private nextMessage(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        this.child.off('exit', onExit);
        resolve(message);
      };
      const onExit = (code: number | null): void => {
        this.child.off('message', onMessage);
        reject(new Error(`a measuring process ended with exit code ${code}`));
      };
      this.child.once('message', onMessage);
      this.child.once('exit', onExit);
    });
  }
}

/** In the measuring process: says that it is ready, and answers. */
export const answerQuestions = <Question, Answer>(answer: (question: Question) => Promise<Answer>): void => {
  process.on('message', (question) => {
    answer(question as Question).then(
      (answered) => process.send!(answered),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  // when the benchmark is gone there is nobody to answer
  process.on('disconnect', () => process.exit(0));
  process.send!('ready');
};
