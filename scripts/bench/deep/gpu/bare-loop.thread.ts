import { parentPort, workerData } from 'node:worker_threads';
import ort from 'onnxruntime-node';

/** onnxruntime and nothing else: the same input over and over. */
export interface BareWork {
  graph: string;
  input: { name: string; shape: number[] };
  options: ort.InferenceSession.SessionOptions;
  seconds: number;
}

const { graph, input, options, seconds } = workerData as BareWork;
const port = parentPort!;

const session = await ort.InferenceSession.create(graph, options);
const bytes = Uint8Array.from(
  { length: input.shape.reduce((product, size) => product * size, 1) },
  (_, at) => (at * 31) % 251,
);
const feeds = { [input.name]: new ort.Tensor('uint8', bytes, input.shape) };
// the first run chooses algorithms and takes memory
for (let run = 0; run < 3; run += 1) await session.run(feeds);
port.postMessage('ready');
await new Promise((resolve) => port.once('message', resolve));
const until = performance.now() + seconds * 1_000;
let runs = 0;
while (performance.now() < until) {
  await session.run(feeds);
  runs += 1;
}
port.postMessage(runs * input.shape[0]!);
