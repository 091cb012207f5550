import type { ByteBudget } from '#libs/images';

/** Gives back what was taken; a second call does nothing. */
export type GiveBack = () => void;

/** Takes bytes of a budget, in order of arrival, until they are given back. */
export const hold = (budget: ByteBudget, bytes: number): Promise<GiveBack> =>
  new Promise((taken) => {
    void budget.run(bytes, () => new Promise<void>((giveBack) => taken(giveBack)));
  });
