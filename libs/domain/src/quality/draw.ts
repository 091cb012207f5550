const digits = 12;

/**
 * A number in [0, 1) that depends on a UUID only, drawn from its last 48 bits, which are random in versions 4 and 7: who
 * asks again, in another process or after a repetition, finds the same.
 */
export const drawOf = (id: string): number => parseInt(id.slice(-digits), 16) / 16 ** digits;
