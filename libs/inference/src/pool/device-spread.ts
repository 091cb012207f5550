/** Which GPU the next thread runs on: the one that has the fewest, the first of them where several have. */
export class DeviceSpread {
  /** device → threads on it, in the order in which the devices were named */
  readonly #threads: Map<number, number>;

  /** @param devices as CUDA counts them; at least one */
  constructor(devices: readonly number[]) {
    if (devices.length === 0) throw new Error('threads need a device to run on');
    this.#threads = new Map(devices.map((device) => [device, 0]));
  }

  next(): number {
    const [device] = [...this.#threads].reduce((fewest, each) => (each[1] < fewest[1] ? each : fewest));
    return device;
  }

  take(device: number): void {
    this.#threads.set(device, this.#threads.get(device)! + 1);
  }

  leave(device: number): void {
    this.#threads.set(device, this.#threads.get(device)! - 1);
  }
}
