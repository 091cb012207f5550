/** What is accepted before anything is decoded. All are inclusive. */
export interface ImageLimits {
  /** width × height of one frame */
  maxPixels: number;
  /** pixels of the longer side */
  maxSide: number;
  maxFrames: number;
  /** width × height × frames: what decoding the whole animation would touch */
  maxTotalPixels: number;
}

export const defaultImageLimits: ImageLimits = {
  maxPixels: 50_000_000,
  maxSide: 16_384,
  maxFrames: 1_000,
  maxTotalPixels: 200_000_000,
};
