import type { Pixels } from '#libs/domain';

const side = 64;

/** What a model is shown before it sees its first real picture. Their memory may be taken over. */
export const firstPictures = (): { kind: string; view: Pixels }[] => [
  { kind: 'black', view: square(() => 0) },
  { kind: 'noisy', view: square(noise()) },
];

const square = (value: () => number): Pixels => ({
  data: Uint8Array.from({ length: side * side * 3 }, value),
  width: side,
  height: side,
});

/** The same bytes every time: a multiplicative congruential generator (Park and Miller, 1988), its high bits. */
const noise = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state >> 8) & 0xff;
  };
};
