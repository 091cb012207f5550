import { describe, expect, it } from '@jest/globals';
import { ok, type Pixels } from '#libs/domain';
import type { BatchResult, BatchRunner } from './batch-runner.js';
import type { ViewOutcome } from '../thread/protocol.js';
import { type BatchReport, failed } from './contract.js';
import { Dispatcher, type DispatchRules } from './dispatcher.js';

/** Looks at a batch when the test says so. */
class HeldRunner implements BatchRunner {
  readonly batches: {
    pack: string;
    size: number;
    isDone: boolean;
    finish: (result?: BatchResult) => void;
  }[] = [];

  run(pack: string, views: Pixels[]): Promise<BatchResult> {
    return new Promise((resolve) => {
      const outputs = views.map(() => ok({ scores: {}, labels: {} }));
      const done: BatchResult = { ok: true, version: '1', outputs, resizeMs: 1, runMs: 2 };
      const batch = {
        pack,
        size: views.length,
        isDone: false,
        finish: (result: BatchResult = done) => {
          batch.isDone = true;
          resolve(result);
        },
      };
      this.batches.push(batch);
    });
  }

  finishLast(result?: BatchResult): void {
    this.batches.at(-1)!.finish(result);
  }
}

const view = (): Pixels => ({ data: new Uint8Array(3), width: 1, height: 1 });
const given = (rules: Partial<DispatchRules> = {}) => {
  const dispatcher = new Dispatcher({ maxBatch: 1, maxDelayMs: 0, queueLimit: 10, ...rules });
  for (const pack of ['a', 'b']) dispatcher.admit(pack);
  const runner = new HeldRunner();
  return {
    dispatcher,
    runner,
    submit: (pack = 'a', deadlineMs?: number) => dispatcher.submit(pack, view(), deadlineMs),
  };
};
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the dispatcher', () => {
  it('gives a runner one batch at a time, oldest request first across packs', async () => {
    const { dispatcher, runner, submit } = given();
    const answers = [submit('a'), submit('b'), submit('a')];
    dispatcher.enlist(runner);
    for (const pack of ['a', 'b', 'a']) {
      expect(runner.batches.at(-1)!.pack).toBe(pack);
      runner.finishLast();
      await macrotask();
    }
    expect((await Promise.all(answers)).map((answer) => answer.ok)).toEqual([true, true, true]);
    expect(runner.batches).toHaveLength(3);
  });

  it('fills batches up to the limit, and reports each', async () => {
    const reports: BatchReport[] = [];
    const { dispatcher, runner, submit } = given({ maxBatch: 3, onBatch: (report) => reports.push(report) });
    const answers = [submit(), submit(), submit(), submit()];
    dispatcher.enlist(runner);
    runner.finishLast();
    await macrotask();
    runner.finishLast();
    await Promise.all(answers);
    expect(reports.map((report) => report.size)).toEqual([3, 1]);
  });

  it('waits for company only as long as it may', async () => {
    const { dispatcher, runner, submit } = given({ maxBatch: 2, maxDelayMs: 5 });
    dispatcher.enlist(runner);
    const alone = submit();
    expect(runner.batches).toHaveLength(0);
    while (runner.batches.length === 0) await macrotask();
    runner.finishLast();
    expect(await alone).toMatchObject({ ok: true });
    const both = [submit(), submit()];
    expect(runner.batches.at(-1)).toMatchObject({ size: 2 });
    runner.finishLast();
    await Promise.all(both);
  });

  it('refuses what goes beyond the queue, per pack, and counts only what waits', async () => {
    const { dispatcher, runner, submit } = given({ queueLimit: 1 });
    dispatcher.enlist(runner);
    const running = submit();
    const waiting = submit();
    expect(await submit()).toMatchObject({ ok: false, code: 'overloaded' });
    const other = submit('b');
    expect(dispatcher.queued('b')).toBe(1);
    for (let i = 0; i < 3; i += 1) {
      runner.finishLast();
      await macrotask();
    }
    expect((await Promise.all([running, waiting, other])).every((answer) => answer.ok)).toBe(true);
  });

  it('answers at the deadline, whether the picture waits or is being looked at', async () => {
    const { dispatcher, runner, submit } = given();
    dispatcher.enlist(runner);
    const running = submit('a', 5);
    const waiting = submit('a', 5);
    expect(await running).toMatchObject({ ok: false, code: 'deadline_exceeded' });
    expect(await waiting).toMatchObject({ ok: false, code: 'deadline_exceeded' });
    expect(dispatcher.queued('a')).toBe(0);
    runner.finishLast();
    await macrotask();
    expect(runner.batches).toHaveLength(1);
  });

  it('fails a batch whose runner failed, and only that', async () => {
    const { dispatcher, runner, submit } = given();
    dispatcher.enlist(runner);
    const [bad, good] = [submit(), submit()];
    runner.finishLast({ ok: false, detail: 'the thread died' });
    expect(await bad).toMatchObject({ ok: false, code: 'inference_failed', detail: 'the thread died' });
    await macrotask();
    runner.finishLast();
    expect(await good).toMatchObject({ ok: true });
  });

  it('fails only those pictures of a batch that have no outcome', async () => {
    const { dispatcher, runner, submit } = given({ maxBatch: 3 });
    const answers = [submit(), submit(), submit()];
    dispatcher.enlist(runner);
    const good = ok({ scores: { 'sexual/explicit': 0.5 }, labels: {} });
    const bad = failed('inference_failed', 'not a number') as ViewOutcome;
    runner.finishLast({ ok: true, version: '1', outputs: [good, bad, good], resizeMs: 1, runMs: 2 });
    expect(await Promise.all(answers)).toMatchObject([
      { ok: true, value: { scores: { 'sexual/explicit': 0.5 } } },
      { ok: false, code: 'inference_failed', detail: 'not a number' },
      { ok: true },
    ]);
  });

  describe('with a pack that may run only so often at once', () => {
    it('never runs it more often, and leaves the other runners to the other packs', async () => {
      const { dispatcher, submit } = given({ mostRuns: { a: 1 } });
      const runners = [new HeldRunner(), new HeldRunner(), new HeldRunner()];
      const answers = [
        ...Array.from({ length: 4 }, () => submit('a')),
        submit('b'),
        submit('b'),
        submit('b'),
      ];
      for (const runner of runners) dispatcher.enlist(runner);
      const running = (): string[] =>
        runners.flatMap(({ batches }) => batches.filter((each) => !each.isDone).map(({ pack }) => pack));
      expect(running().sort()).toEqual(['a', 'b', 'b']);
      const seen: string[][] = [];
      while (running().length > 0) {
        seen.push(running());
        runners.find(({ batches }) => batches.at(-1)?.isDone === false)!.finishLast();
        await macrotask();
      }
      expect((await Promise.all(answers)).every((answer) => answer.ok)).toBe(true);
      expect(Math.max(...seen.map((packs) => packs.filter((pack) => pack === 'a').length))).toBe(1);
    });

    it('goes back to the oldest picture as soon as the pack may run again', async () => {
      const { dispatcher, runner, submit } = given({ mostRuns: { a: 1 } });
      const second = new HeldRunner();
      const answers = [submit('a'), submit('a'), submit('b'), submit('b')];
      dispatcher.enlist(runner);
      dispatcher.enlist(second);
      expect([runner.batches.at(-1)!.pack, second.batches.at(-1)!.pack]).toEqual(['a', 'b']);
      runner.finishLast();
      await macrotask();
      // the second picture for a is older than the second for b
      expect(runner.batches.at(-1)!.pack).toBe('a');
      second.finishLast();
      await macrotask();
      expect(second.batches.at(-1)!.pack).toBe('b');
      runner.finishLast();
      second.finishLast();
      await Promise.all(answers);
    });

    it('runs it again on an idle runner when the one that had it was dismissed', async () => {
      const { dispatcher, runner, submit } = given({ mostRuns: { a: 1 } });
      const idle = new HeldRunner();
      dispatcher.enlist(runner);
      const answers = [submit('a'), submit('a')];
      dispatcher.enlist(idle);
      expect(idle.batches).toHaveLength(0);
      void dispatcher.dismiss(runner);
      runner.finishLast();
      await macrotask();
      expect(idle.batches).toMatchObject([{ pack: 'a' }]);
      idle.finishLast();
      expect((await Promise.all(answers)).every((answer) => answer.ok)).toBe(true);
    });

    it('drains what waits for it', async () => {
      const { dispatcher, runner, submit } = given({ mostRuns: { a: 1 } });
      const other = new HeldRunner();
      dispatcher.enlist(runner);
      dispatcher.enlist(other);
      const answers = [submit('a'), submit('a'), submit('a')];
      const drained = dispatcher.drain();
      for (let i = 0; i < 3; i += 1) {
        for (const each of [runner, other]) each.batches.at(-1)?.finish();
        await macrotask();
      }
      await drained;
      expect((await Promise.all(answers)).every((answer) => answer.ok)).toBe(true);
    });
  });

  it('lets a dismissed runner finish its batch and gives it no other', async () => {
    const { dispatcher, runner, submit } = given();
    dispatcher.enlist(runner);
    const [first, second] = [submit(), submit()];
    const dismissed = dispatcher.dismiss(runner);
    runner.finishLast();
    await dismissed;
    expect(await first).toMatchObject({ ok: true });
    await macrotask();
    expect(runner.batches).toHaveLength(1);
    const successor = new HeldRunner();
    dispatcher.enlist(successor);
    successor.finishLast();
    expect(await second).toMatchObject({ ok: true });
  });

  it('gives a runner only what it has a pack for', async () => {
    const { dispatcher, runner, submit } = given();
    const other = new HeldRunner();
    dispatcher.enlist(runner, new Set(['a']));
    dispatcher.enlist(other, new Set(['b']));
    const answers = [submit('a'), submit('a'), submit('b')];
    expect([runner.batches, other.batches]).toMatchObject([[{ pack: 'a' }], [{ pack: 'b' }]]);
    other.finishLast();
    await macrotask();
    // a picture waits for a, which the idle runner has not
    expect(other.batches).toHaveLength(1);
    runner.finishLast();
    await macrotask();
    runner.finishLast();
    expect((await Promise.all(answers)).every((answer) => answer.ok)).toBe(true);
  });

  it('keeps a pack to runs of its own size', async () => {
    const { dispatcher, runner, submit } = given({ maxBatch: 8, maxDelayMs: 60_000 });
    dispatcher.admit('alone', { maxBatch: 1, maxDelayMs: 0 });
    dispatcher.enlist(runner);
    const answers = [submit('alone'), submit('alone')];
    expect(runner.batches).toMatchObject([{ pack: 'alone', size: 1 }]);
    for (let i = 0; i < 2; i += 1) {
      runner.finishLast();
      await macrotask();
    }
    expect((await Promise.all(answers)).every((answer) => answer.ok)).toBe(true);
  });

  it('says how much time is left of the deadline that is nearest', async () => {
    const { dispatcher, submit } = given({ maxBatch: 2, maxDelayMs: 60_000 });
    const told: (number | undefined)[] = [];
    const runner: BatchRunner = {
      run: (_pack, _views, budgetMs) => {
        told.push(budgetMs);
        return Promise.resolve({ ok: false, detail: 'enough' });
      },
    };
    dispatcher.enlist(runner);
    await Promise.all([submit('a', 60_000), submit('a')]);
    await Promise.all([submit('a'), submit('a')]);
    expect(told).toEqual([expect.any(Number), undefined]);
    expect(told[0]).toBeGreaterThan(1_000);
    expect(told[0]).toBeLessThanOrEqual(60_000);
    // stops the clock of the pictures that waited for company
    await dispatcher.drain();
  });

  describe('when a pack is taken out', () => {
    it('answers what it accepted, takes nothing more, and says when it is gone', async () => {
      const { dispatcher, runner, submit } = given();
      dispatcher.enlist(runner);
      const accepted = [submit(), submit()];
      let isGone = false;
      const gone = dispatcher.expel('a').then(() => {
        isGone = true;
      });
      expect(await submit()).toMatchObject({ ok: false, code: 'closed' });
      runner.finishLast();
      await macrotask();
      expect(isGone).toBe(false);
      runner.finishLast();
      await gone;
      expect((await Promise.all(accepted)).every((answer) => answer.ok)).toBe(true);
      expect(await submit()).toMatchObject({ ok: false, code: 'closed' });
    });

    it('is done with it at once when nothing waits, or when what waited is out of time or abandoned', async () => {
      const { dispatcher, submit } = given();
      await dispatcher.expel('b');
      const late = submit('a', 5);
      const outOfTime = dispatcher.expel('a');
      expect(await late).toMatchObject({ ok: false, code: 'deadline_exceeded' });
      await outOfTime;
      dispatcher.admit('a');
      const waiting = submit('a');
      const abandoned = dispatcher.expel('a');
      dispatcher.abandon('nobody is left', ['a']);
      expect(await waiting).toMatchObject({ ok: false, code: 'closed', detail: 'nobody is left' });
      await abandoned;
    });

    it('takes pictures for it again once it is back', async () => {
      const { dispatcher, runner, submit } = given();
      dispatcher.enlist(runner);
      await dispatcher.expel('a');
      dispatcher.admit('a');
      const answer = submit();
      runner.finishLast();
      expect(await answer).toMatchObject({ ok: true });
    });
  });

  it('drains: answers what it has, takes nothing more', async () => {
    const { dispatcher, runner, submit } = given({ maxBatch: 8, maxDelayMs: 60_000 });
    dispatcher.enlist(runner);
    const accepted = submit();
    const drained = dispatcher.drain();
    expect(await submit()).toMatchObject({ ok: false, code: 'closed' });
    runner.finishLast();
    await drained;
    expect(await accepted).toMatchObject({ ok: true });
  });
});
