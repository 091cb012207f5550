import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aContent } from '../../builders/content.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene } from './appeal-scene.js';

const rounds = 25;
const appealsPerRound = 8;
const claimers = 24;

describe('appeals that many people claim at once', () => {
  let database: TestDatabase;
  let scene: AppealScene;
  let deciders: { id: string }[];
  let others: { id: string }[];

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 30 });
    scene = new AppealScene(database.dataSource);
    const people = await Promise.all(Array.from({ length: 8 }, () => aModerator(database.dataSource)));
    deciders = people.slice(0, 4);
    others = people.slice(4);
  });
  afterAll(() => database.drop());

  /** A blocked content and everybody who took part: directly, or by the decision that it was taken over from. */
  const blocked = async (at: number): Promise<{ contentId: string; tookPart: string[] }> => {
    const by = deciders[at % deciders.length]!;
    if (at % 3 === 0) {
      const { content } = await scene.decided(by);
      return { contentId: content.id, tookPart: [by.id] };
    }
    const origin = await scene.decided(by);
    const facts = at % 3 === 1 ? { sha256: origin.content.sha256 } : { sha256: aContent().sha256 };
    const copy = await scene.known(origin.caseId, facts, at % 3 === 1 ? 0 : 7);
    return { contentId: copy.id, tookPart: [by.id] };
  };

  it('never come to whoever took part before, while they are filed and after', async () => {
    const queues = ['sexual', 'general'];
    let concluded = 0;
    for (let round = 0; round < rounds; round += 1) {
      const contents = await Promise.all(
        Array.from({ length: appealsPerRound }, (_, at) => blocked(round + at)),
      );
      const tookPart = new Map<string, string[]>();
      const claimed: { caseId: string; by: { id: string }; token: string }[] = [];
      const claim = async (by: { id: string }): Promise<void> => {
        const held = await scene.claim(by, queues);
        if (held) claimed.push({ ...held, by });
      };
      // Those who decided are the keenest, and begin before the first appeal is stored.
      const claims = (): Promise<void>[] =>
        Array.from({ length: claimers }, (_, at) => claim((at % 4 === 3 ? others : deciders)[at % 4]!));
      const filing = contents.map(async ({ contentId, tookPart: who }) => {
        const { caseId } = await scene.appealed(contentId);
        tookPart.set(caseId, who);
      });
      await Promise.all([...claims(), ...filing, ...claims()]);
      await Promise.all(claims());

      const leaks = claimed.filter(({ caseId, by }) => tookPart.get(caseId)?.includes(by.id));
      expect(leaks).toEqual([]);
      await Promise.all(claimed.map((held) => scene.decide(held, held.by, 'block')));
      concluded += claimed.length;
      // What is left over is nobody's who is excluded: the others find all of it.
      for (const by of others) {
        for (let held = await scene.claim(by, queues); held; held = await scene.claim(by, queues)) {
          await scene.decide(held, by, 'block');
          concluded += 1;
        }
      }
    }
    expect(concluded).toBe(rounds * appealsPerRound);
    const leaked: unknown[] = await database.dataSource.query(
      `SELECT FROM appeal
       JOIN decision AS answer ON answer.id = appeal.decision_id
       JOIN content ON content.id = appeal.content_id
       JOIN verdict ON verdict.content_id = content.id AND verdict.tier IN ('known', 'human')
       JOIN decision AS earlier ON earlier.case_id::text = verdict.reasons->0->>'caseId'
         AND earlier.decided_at < appeal.filed_at
       WHERE earlier.moderator_id = answer.moderator_id`,
    );
    expect(leaked).toEqual([]);
    const [{ open }]: [{ open: number }] = await database.dataSource.query(
      `SELECT count(*)::integer AS open FROM appeal WHERE state = 'open'`,
    );
    expect(open).toBe(0);
  });
});
