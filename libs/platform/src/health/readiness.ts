/** Resolves when the part works, optionally with a fact to show; rejects with the reason when it does not. */
export type ReadinessCheck = () => Promise<string | void>;

export interface ReadinessReport {
  status: 'ready' | 'not_ready';
  checks: Record<string, { status: 'up' | 'down'; detail?: string }>;
}

/** A check that hangs is as bad as one that fails. */
const checkTimeoutMs = 2000;

/** What must work before this process should get traffic: each part registers its own check at wiring. */
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;

  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** From now on not ready, so that a load balancer stops sending while the rest is finished. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<ReadinessReport> {
    const entries = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await outcomeOf(check)] as const),
    );
    const checks: ReadinessReport['checks'] = Object.fromEntries(entries);
    if (this.draining) checks['shutdown'] = { status: 'down', detail: 'shutting down' };
    const isReady = Object.values(checks).every(({ status }) => status === 'up');
    return { status: isReady ? 'ready' : 'not_ready', checks };
  }
}

const outcomeOf = async (check: ReadinessCheck): Promise<ReadinessReport['checks'][string]> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    const detail = await Promise.race([check(), late]);
    return detail ? { status: 'up', detail } : { status: 'up' };
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : 'failed' };
  } finally {
    clearTimeout(timer);
  }
};
