import type { Pixels } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import { InputTensor } from './input-tensor.js';

/**
 * What a pack's graph is given for a picture: resized, normalised and laid out as its manifest says, without the batch
 * axis. For tools that run the graph elsewhere; a session does this itself.
 *
 * @returns a function, which keeps the resizer's memory from picture to picture
 */
export const inputOf = ({ manifest }: ModelPack): ((view: Pixels) => Uint8Array | Float32Array) => {
  const input = new InputTensor(manifest, 1);
  return (view) => {
    input.put(view, 0);
    return input.view(1).slice();
  };
};
