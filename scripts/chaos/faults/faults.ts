import { setTimeout as delay } from 'node:timers/promises';
import type { Proxy } from '../../services/toxiproxy/proxy.js';
import type { AppName } from '../../start/settings.js';
import type { AppInstance } from '../world/app-instance.js';
import type { ServiceName } from '../world/services.js';
import type { World } from '../world/world.js';
import type { FaultRecorder } from './fault-log.js';
import type { PlannedFault } from './schedule.js';

const latencyMs = 2_000;
/** Longest wait for all processes to be ready again before a fault counts as not healed. */
const recoveryLimitMs = 180_000;

/** Stands before the gateways, and can be told to send nothing to one. */
export interface Balancer {
  rest(gateway: string): void;
  resume(gateway: string): void;
}
/** Requests that are under way have their answers by then: as long as the pause before SIGTERM in deploy/kubernetes. */
const pauseBeforeEndMs = 5_000;

/** Breaks one thing after another, and writes down when. What it breaks it mends. */
export class Faults {
  private readonly underway = new Set<Promise<void>>();
  /** Two hands on the same thing would undo each other's work. */
  private readonly busy = new Map<string, Promise<void>>();

  constructor(
    private readonly world: World,
    private readonly recorder: FaultRecorder,
    private readonly say: (line: string) => void,
    private readonly signal: AbortSignal,
    /** told before a gateway ends in order; without one its callers meet closed doors */
    private readonly balancer?: Balancer,
  ) {}

  /** Begins one; it runs beside whatever else is under way. */
  begin(fault: PlannedFault): void {
    const running = this.run(fault).catch((error: unknown) => {
      if (!this.signal.aborted) throw error;
    });
    this.underway.add(running);
    void running.finally(() => this.underway.delete(running)).catch(() => undefined);
  }

  /** Resolves once nothing is broken any more. @throws what a fault itself failed with: a fault of the suite */
  async ended(): Promise<void> {
    while (this.underway.size > 0) await Promise.all(this.underway);
  }

  private async run(fault: PlannedFault): Promise<void> {
    const { object, what, work } = this.meaningOf(fault);
    const before = this.busy.get(object) ?? Promise.resolve();
    const done = before.then(async () => {
      this.signal.throwIfAborted();
      const from = Date.now();
      this.say(what);
      await work();
      const until = Date.now();
      const limit = AbortSignal.any([this.signal, AbortSignal.timeout(recoveryLimitMs)]);
      const last = await this.world.fleet.untilReady(limit).catch(() => undefined);
      const recoveredAt = last === undefined ? null : Date.now();
      this.recorder.fault({ kind: fault.kind, what, from, until, recoveredAt, last });
    });
    this.busy.set(
      object,
      done.catch(() => undefined),
    );
    await done;
  }

  private meaningOf(fault: PlannedFault): { object: string; what: string; work: () => Promise<void> } {
    const { kind, seconds, coin } = fault;
    const forSeconds = `for ${seconds.toFixed(1)} s`;
    const [verb, name] = kind.split(' ') as [string, string];
    switch (verb) {
      case 'kill': {
        const [first, second] = this.world.fleet.of(name as AppName);
        const instance = coin ? first! : second!;
        return { object: instance.name, what: `kill -9 ${instance.name}`, work: () => this.kill(instance) };
      }
      case 'stop': {
        const how = coin ? 'stop' : 'kill';
        return {
          object: 'kafka',
          what: `${how} the broker ${forSeconds}`,
          work: () => this.stopBroker(how, seconds),
        };
      }
      case 'restart': {
        const how = coin ? 'fast' : 'immediate';
        return {
          object: 'postgres',
          what: `restart Postgres (${how} shutdown)`,
          work: () => this.world.services.postgres.restart(how, this.signal),
        };
      }
      case 'rolling':
        return this.rollingRestartOf(this.balancer ? this.world.fleet.instances : this.oneOfEach(coin));
      default:
        return {
          object: `proxy ${name}`,
          what: `${verb} ${name} ${forSeconds}`,
          work: () => this.disturb(verb, name as ServiceName, seconds),
        };
    }
  }

  private rollingRestartOf(instances: AppInstance[]): ReturnType<Faults['meaningOf']> {
    const names = instances.map(({ name }) => name).join(', ');
    return {
      object: 'fleet',
      what: `orderly restart of ${names}`,
      work: () => this.restartInTurn(instances),
    };
  }

  /** Beside all other faults: a start takes seconds, and those who are left are to be broken too. */
  private oneOfEach(coin: boolean): AppInstance[] {
    return (['gateway', 'worker', 'review'] as const).map((app) => this.world.fleet.of(app)[coin ? 0 : 1]!);
  }

  private async kill(instance: AppInstance): Promise<void> {
    const before = instance.currentPid;
    if (instance.app === 'gateway') await this.noteGatewayEnd(instance, 'killed', () => instance.kill());
    else instance.kill();
    while (instance.currentPid === undefined || instance.currentPid === before)
      await delay(50, undefined, { signal: this.signal });
  }

  private async stopBroker(how: 'stop' | 'kill', seconds: number): Promise<void> {
    const broker = this.world.services.kafka!;
    await broker[how]();
    await delay(seconds * 1000, undefined, { signal: this.signal });
    await broker.restart();
  }

  private async disturb(verb: string, name: ServiceName, seconds: number): Promise<void> {
    const proxy = this.world.services.proxies[name]!;
    await disturbances[verb]!(proxy);
    try {
      await delay(seconds * 1000, undefined, { signal: this.signal });
    } finally {
      await proxy.restore();
      await proxy.clear();
    }
  }

  /** One after the other, each only once all others are ready: what an orchestrator does for a new version. */
  private async restartInTurn(instances: AppInstance[]): Promise<void> {
    for (const instance of instances) {
      await this.world.fleet.untilReady(AbortSignal.any([this.signal, AbortSignal.timeout(recoveryLimitMs)]));
      // One that somebody has just killed is still starting, and has not yet learnt to end in order.
      const isUp = await instance.isReady();
      const how = instance.app === 'gateway' ? await this.endGateway(instance) : await instance.endInOrder();
      if (isUp && how !== undefined && how !== 'ended with exit code 0')
        this.recorder.roughEnd(`${instance.name} ${how}`);
    }
  }

  private async endGateway(gateway: AppInstance): Promise<string | undefined> {
    const end = (): Promise<string | undefined> => gateway.endInOrder();
    if (!this.balancer) return this.noteGatewayEnd(gateway, 'ended in order', end);
    this.balancer.rest(gateway.name);
    await delay(pauseBeforeEndMs, undefined, { signal: this.signal });
    const how = await this.noteGatewayEnd(gateway, 'ended in order', end);
    await gateway.untilReady(this.signal);
    this.balancer.resume(gateway.name);
    return how;
  }

  private async noteGatewayEnd<Ended>(
    gateway: AppInstance,
    how: 'killed' | 'ended in order',
    end: () => Ended | Promise<Ended>,
  ): Promise<Ended> {
    const waiting = (await gateway.metric('sluice_gateway_ledger_waiting')) ?? null;
    const readAt = Date.now();
    const ended = end();
    this.recorder.gatewayEnd({ gateway: gateway.name, at: Date.now(), how, waiting, readAt });
    return ended;
  }
}

const disturbances: Record<string, (proxy: Proxy) => Promise<void>> = {
  cut: (proxy) => proxy.cut(),
  slow: (proxy) => proxy.latency(latencyMs),
  stall: (proxy) => proxy.stall(),
};
