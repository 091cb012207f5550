import { type ChangeFeed, currentPolicyVersions, type DataSource, defaultPolicyName } from '#libs/database';
import type { Policy } from '#libs/domain';
import { checkedPolicy } from './checked-policy.js';

/**
 * The current version of every policy, in memory: reading one costs nothing and never fails. The change feed renews
 * it when a version is published; while the database is away, or where a version cannot be used, what was read last
 * goes on to hold.
 */
export class PolicyBook {
  private policies: ReadonlyMap<string, Policy> = new Map();
  private unsubscribe: () => Promise<void> = () => Promise.resolve();

  private constructor(
    private readonly dataSource: DataSource,
    private readonly onTrouble: (error: Error) => void,
    private readonly accept: (policy: Policy) => void,
  ) {}

  /**
   * Reads all policies, then follows the feed.
   * @param onTrouble told of a new version that cannot be used
   * @param accept throws for a version that this process cannot judge by: it is then one that cannot be used
   * @throws InvalidPolicy where a current version cannot be used, what `accept` throws, and when there is no default policy: without a
   * policy that holds there is nothing to go on with
   */
  static async open(
    dataSource: DataSource,
    feed: ChangeFeed,
    onTrouble: (error: Error) => void = () => undefined,
    accept: (policy: Policy) => void = () => undefined,
  ): Promise<PolicyBook> {
    const book = new PolicyBook(dataSource, onTrouble, accept);
    // Subscribed before the first look: what is published in between is seen by the next one.
    book.unsubscribe = feed.subscribe('policy', () => book.refresh());
    try {
      for (const stored of await currentPolicyVersions(dataSource)) book.take(checkedPolicy(stored));
      book.current();
    } catch (error) {
      await book.close();
      throw error;
    }
    return book;
  }

  /** @throws Error for a policy that was never published */
  current(name = defaultPolicyName): Policy {
    const policy = this.policies.get(name);
    if (!policy) throw new Error(`There is no policy "${name}": migrate the database first.`);
    return policy;
  }

  async close(): Promise<void> {
    await this.unsubscribe();
  }

  private async refresh(): Promise<void> {
    for (const stored of await currentPolicyVersions(this.dataSource)) {
      if (this.policies.get(stored.name)?.version === stored.version) continue;
      try {
        this.take(checkedPolicy(stored));
      } catch (error) {
        this.onTrouble(error as Error);
      }
    }
  }

  private take(policy: Policy): void {
    this.accept(policy);
    const held = this.policies.get(policy.name);
    // Two reads may end in another order than they began.
    if (!held || held.version < policy.version)
      this.policies = new Map(this.policies).set(policy.name, policy);
  }
}
