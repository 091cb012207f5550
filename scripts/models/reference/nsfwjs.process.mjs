/**
 * nsfwjs itself, in a process of its own: it brings TensorFlow.js with it, which neither shares well with a test
 * runner's modules nor belongs beside what is measured. Takes pixels over IPC, answers probabilities by label.
 * argv: the model's name in nsfwjs (MobileNetV2, InceptionV3).
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { load } from 'nsfwjs';

const require = createRequire(import.meta.url);
setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
tf.enableProdMode();
if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no wasm backend here');
const model = await load(process.argv[2]);

process.on('message', ({ id, pixels: { data, width, height } }) => {
  const image = tf.tensor3d(data, [height, width, 3], 'int32');
  model
    .classify(image)
    .then((predictions) =>
      process.send({
        id,
        probabilities: Object.fromEntries(
          predictions.map(({ className, probability }) => [className.toLowerCase(), probability]),
        ),
      }),
    )
    .finally(() => image.dispose());
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
