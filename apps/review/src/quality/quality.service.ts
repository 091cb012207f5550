import { Injectable } from '@nestjs/common';
import { goldenReportOf, proportionOf, secondLookReportOf } from '#libs/domain';
import type { QualityQuery, QualityView } from './quality.dto.js';
import { type AppealTally, QualityRepository } from './quality.repository.js';

/** Unless said otherwise. */
const periodDays = 30;
const dayMs = 86_400_000;

/** How well people decide, for those who lead them. */
@Injectable()
export class QualityService {
  constructor(private readonly quality: QualityRepository) {}

  async report({ from, to, queue }: QualityQuery): Promise<QualityView> {
    const end = to ?? new Date();
    const start = from ?? new Date(end.getTime() - periodDays * dayMs);
    const period = { from: start, to: end, queue: queue ?? null };
    const [goldenTallies, secondLookTallies, appealTallies] = await Promise.all([
      this.quality.golden(period),
      this.quality.secondLooks(period),
      this.quality.appeals(period),
    ]);
    const golden = goldenReportOf(goldenTallies);
    const secondLooks = secondLookReportOf(secondLookTallies);
    const names = await this.quality.names([
      ...golden.moderators.map(({ moderatorId }) => moderatorId),
      ...secondLooks.pairs.flatMap(({ moderatorIds }) => moderatorIds),
      ...appealTallies.map(({ moderatorId }) => moderatorId),
    ]);
    const person = (id: string) => ({ id, name: names.get(id) ?? '' });
    return {
      from: start.toISOString(),
      to: end.toISOString(),
      queue: period.queue,
      golden: {
        ...golden,
        moderators: golden.moderators.map(({ moderatorId, ...accuracy }) => ({
          moderator: person(moderatorId),
          ...accuracy,
        })),
      },
      secondLooks: {
        ...secondLooks,
        pairs: secondLooks.pairs.map(({ moderatorIds, ...agreement }) => ({
          moderators: moderatorIds.map(person),
          ...agreement,
        })),
      },
      appeals: {
        overall: overturnedOf(appealTallies),
        moderators: appealTallies.map((tally) => ({
          moderator: person(tally.moderatorId),
          ...overturnedOf([tally]),
        })),
      },
    };
  }
}

const overturnedOf = (tallies: AppealTally[]) => {
  const decided = tallies.reduce((sum, tally) => sum + tally.decided, 0);
  const overturned = tallies.reduce((sum, tally) => sum + tally.overturned, 0);
  return { decided, overturned, rate: proportionOf(overturned, decided) ?? null };
};
