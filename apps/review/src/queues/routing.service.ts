import { Injectable } from '@nestjs/common';
import { Problem } from '#libs/platform';
import { policyChanges } from '#libs/policies';
import type { RoutingRequest, RoutingView } from './routing.dto.js';
import { type PublishedRouting, RoutingRepository } from './routing.repository.js';

/** Which rules route cases, and who may replace them when. */
@Injectable()
export class RoutingService {
  constructor(private readonly routing: RoutingRepository) {}

  async get(): Promise<RoutingView> {
    return viewOf(await this.routing.find());
  }

  /** Rules that may never have been published stand at version 0. @throws Problem `not_found` */
  async version(version: number): Promise<RoutingView> {
    const found = await this.routing.find(version);
    if (!found) throw new Problem('not_found', `There is no version ${version} of the routing rules.`);
    return viewOf(found);
  }

  /**
   * Replaces all rules. They hold for the very next case; what waits stays where it is.
   *
   * @throws Problem `invalid_request` for queues that take no cases, `conflict` with what changed where somebody
   * published since the caller looked; then nothing has changed
   */
  async publish({ expectedVersion, rules }: RoutingRequest, moderatorId: string): Promise<RoutingView> {
    const actor = { kind: 'moderator', id: moderatorId } as const;
    const published = await this.routing.publish(expectedVersion, { rules }, actor);
    if (published.ok) return this.version(expectedVersion + 1);
    if (published.code === 'version_passed') throw await this.passed(expectedVersion);
    throw new Problem('invalid_request', 'Rules name queues that take no cases. Nothing was published.', {
      fields: published.rules.map((index) => ({
        path: `rules.${index}.queue`,
        message: `there is no queue ${rules[index]!.queue}, or it is disabled`,
      })),
    });
  }

  private async passed(expectedVersion: number): Promise<Problem> {
    const [seen, current] = await Promise.all([this.routing.find(expectedVersion), this.routing.find()]);
    const { version, publishedAt, publishedBy, rules } = viewOf(current);
    const by = publishedBy ? ` by ${publishedBy.displayName}` : '';
    const detail =
      version < expectedVersion
        ? `Version ${expectedVersion} was never published; the latest is ${version}.`
        : `Version ${version} was published${by} since you looked at version ${expectedVersion}.`;
    return new Problem('conflict', `${detail} Nothing was changed: look at it, and publish again.`, {
      extensions: {
        current: { version, publishedAt, publishedBy },
        changes: policyChanges({ rules: seen?.rules ?? [] }, { rules }),
      },
    });
  }
}

const viewOf = (published: PublishedRouting | undefined): RoutingView =>
  published
    ? { ...published, publishedAt: published.publishedAt.toISOString() }
    : { version: 0, rules: [], publishedAt: null, publishedBy: null };
