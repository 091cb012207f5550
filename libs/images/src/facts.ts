import type { MediaType } from '#libs/domain';

/** What the header says, before anything is decoded. */
export interface ImageFacts {
  /** by magic bytes, whatever the sender declared */
  mediaType: MediaType;
  /** columns as stored in the file, before EXIF orientation */
  width: number;
  /** rows as stored in the file, before EXIF orientation */
  height: number;
  /** 1 for a still picture */
  frames: number;
  /** whether there is an alpha channel; it may still be opaque everywhere */
  hasAlpha: boolean;
  /** EXIF orientation, 1–8; from 5 on width and height are swapped for people */
  orientation: number;
}
