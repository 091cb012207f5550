/** What of pictures is in memory now. Bytes are what was set aside for them. */
export interface PicturesStatus {
  /** loaded, and waiting to be decoded */
  prefetched: number;
  prefetchedBytes: number;
  /** being decoded, hashed or looked at */
  decoded: number;
  decodedBytes: number;
}
