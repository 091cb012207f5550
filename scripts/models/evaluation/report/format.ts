import type { Estimate } from '#libs/domain';

/** Where there is no figure. */
export const none = '–';

export const decimal = (value: number | undefined, digits = 3): string =>
  value === undefined || !Number.isFinite(value) ? none : value.toFixed(digits);

/** `0.912 (0.880–0.940)` */
export const withInterval = (found: Estimate | undefined, digits = 3): string => {
  if (!found) return none;
  const [value, lower, upper] = [found.value, found.lower, found.upper].map((each) => decimal(each, digits));
  // every resample gave the same, which makes nothing certain
  return found.lower === found.upper ? `${value} (no interval)` : `${value} (${lower}–${upper})`;
};

/** Near 1 lie thresholds that three digits would round to it. */
export const asThreshold = (threshold: number): string => decimal(threshold, threshold > 0.999 ? 5 : 3);

/** `91.2 % (88.0–94.0)` */
export const percentWithInterval = (found: Estimate | undefined): string =>
  found ? `${percent(found.value)} (${percentage(found.lower)}–${percentage(found.upper)})` : none;

export const percent = (share: number): string => `${percentage(share)} %`;

const percentage = (share: number): string => (100 * share).toFixed(1);

/** Three significant digits, without an exponent. */
export const short = (value: number): string => {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
};

/** `12 300` */
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');

export const money = (value: number, currency: string): string =>
  `${value >= 1000 ? whole(value) : value >= 0.995 ? value.toFixed(2) : short(value)} ${currency}`;
