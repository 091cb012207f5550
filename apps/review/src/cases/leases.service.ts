import { Inject, Injectable } from '@nestjs/common';
import { GoldenMixerService } from '../quality/golden-mixer.service.js';
import { QueuesService } from '../queues/queues.service.js';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { caseViewOf } from './case-view.js';
import { orProblem } from './case-problems.js';
import { CasesRepository } from './cases.repository.js';
import type {
  ClaimedCase,
  ClaimRequest,
  EscalateRequest,
  RenewedLease,
  RenewedLeases,
  RenewManyRequest,
  SkipRequest,
} from './lease.dto.js';
import { LeasesRepository } from './leases.repository.js';
import { stagesFor, type Viewer } from './viewer.js';

/** Whom cases are given to, for how long, and how they come back. */
@Injectable()
export class LeasesService {
  constructor(
    private readonly leases: LeasesRepository,
    private readonly cases: CasesRepository,
    private readonly queues: QueuesService,
    private readonly golden: GoldenMixerService,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'leaseSeconds' | 'undoSeconds'>,
  ) {}

  /** The most urgent cases, at most `count`, of the queues in which the moderator may claim; none when nothing waits. */
  async claim(moderator: Viewer, { queue, count = 1 }: ClaimRequest): Promise<ClaimedCase[]> {
    const claimable = await this.queues.claimableBy(moderator);
    const rows = await this.leases.claim({
      holderId: moderator.id,
      stages: stagesFor(moderator),
      queues: queue === undefined ? claimable : claimable.filter((each) => each === queue),
      count,
      seconds: this.config.leaseSeconds,
    });
    this.golden.claimed(moderator, rows);
    return rows.map((row) => ({
      case: caseViewOf(row, moderator, this.config.undoSeconds),
      lease: { token: row.leaseToken!, expiresAt: row.leaseExpiresAt!.toISOString() },
    }));
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async renew(caseId: string, { id }: Viewer, token: string): Promise<RenewedLease> {
    const [renewed] = await this.leases.renew(id, [{ caseId, token }], this.config.leaseSeconds);
    if (renewed) return { lease: { token, expiresAt: renewed.expiresAt.toISOString() } };
    const code = (await this.cases.exists(caseId)) ? 'lease_lost' : 'not_found';
    return orProblem(caseId, { ok: false, code });
  }

  /** Each lease by itself: one that is lost costs no other. */
  async renewMany({ id }: Viewer, { leases }: RenewManyRequest): Promise<RenewedLeases> {
    const held = leases.map(({ caseId, leaseToken: token }) => ({ caseId, token }));
    const renewed = await this.leases.renew(id, held, this.config.leaseSeconds);
    const byToken = new Map(renewed.map((lease) => [`${lease.caseId} ${lease.token}`, lease.expiresAt]));
    return {
      leases: held.map(({ caseId, token }) => {
        const expiresAt = byToken.get(`${caseId} ${token}`);
        return { caseId, lease: expiresAt ? { token, expiresAt: expiresAt.toISOString() } : null };
      }),
    };
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async release(caseId: string, { id }: Viewer, token: string): Promise<void> {
    orProblem(caseId, await this.leases.release(caseId, { token, holderId: id }));
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async skip(caseId: string, { id }: Viewer, { leaseToken, reason }: SkipRequest): Promise<void> {
    orProblem(caseId, await this.leases.skip(caseId, { token: leaseToken, holderId: id }, reason));
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async escalate(caseId: string, { id }: Viewer, { leaseToken, note }: EscalateRequest): Promise<void> {
    orProblem(caseId, await this.leases.escalate(caseId, { token: leaseToken, holderId: id }, note));
  }
}
