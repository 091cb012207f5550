import { clearTimeout, setTimeout } from 'node:timers';
import type { Detection, Detector, DetectorFailure, LookOptions, Pixels, Result } from '#libs/domain';
import { judgeable } from './judgeable.js';

type Answer = Result<Detection, DetectorFailure>;

/**
 * Most pictures that a detector may sit on after their time is over. It is asked no more until it gives one up: their
 * memory is counted nowhere.
 */
const mostOverdue = 4;

/** A detector under watch: whatever it does, it answers in time, never throws, and says nothing that cannot be judged. */
export class WatchedDetector {
  private overdue = 0;

  constructor(private readonly watched: Detector) {}

  async detect(views: Pixels[], options: LookOptions): Promise<Answer> {
    const { deadlineMs } = options;
    if (deadlineMs <= 0) return late('no time was left for it');
    if (this.overdue >= mostOverdue)
      return failed(`it has not come back from ${this.overdue} earlier pictures`);
    const answer = this.answer(views, options);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => {
        this.overdue += 1;
        void answer.finally(() => (this.overdue -= 1));
        resolve(late(`no answer within ${Math.round(deadlineMs)} ms`));
      }, deadlineMs);
    });
    const given = await Promise.race([answer, tooLate]);
    clearTimeout(timer);
    return given;
  }

  private async answer(views: Pixels[], options: LookOptions): Promise<Answer> {
    try {
      const answer = await this.watched.detect(views, options);
      return answer.ok ? judgeable(this.watched, answer.value) : answer;
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }
}

const late = (detail: string): Answer => ({ ok: false, code: 'deadline_exceeded', detail });
const failed = (detail: string): Answer => ({ ok: false, code: 'failed', detail });
