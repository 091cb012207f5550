/** One thing that is checked about deploying. */
export interface DeployCheck {
  name: string;
  /**
   * @returns what is wrong, one line each; empty when nothing is
   * @throws ToolMissing when it cannot be checked on this machine
   */
  run: () => Promise<string[]>;
}

/** A check needs a tool that this machine lacks. The message says which, why it cannot be had, and what to install. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing';
}
