/** Why bytes are not taken as a picture: the sender's matter, never a fault of ours. */
export interface ImageRefusal {
  code: 'unsupported_media_type' | 'undecodable_image' | 'too_many_pixels' | 'invalid_request';
  /** written for the sender */
  detail: string;
}

export const refuse = (code: ImageRefusal['code'], detail: string): { ok: false } & ImageRefusal => ({
  ok: false,
  code,
  detail,
});
