/**
 * Decoded picture: 8-bit sRGB, interleaved RGB, rows top to bottom, no padding.
 * `data.length === width * height * 3`. Handing one to a worker thread may transfer the memory: use it no more.
 */
export interface Pixels {
  data: Uint8Array;
  /** columns, after EXIF orientation */
  width: number;
  /** rows, after EXIF orientation */
  height: number;
}

/** A 256-bit PDQ hash and how much structure the picture gave it. Matches below quality 50 mean little. */
export interface PerceptualHash {
  /** 64 lower-case hex digits, most significant first, as ThreatExchange writes it */
  pdq: string;
  /** 0–100 */
  quality: number;
}
