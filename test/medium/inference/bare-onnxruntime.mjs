// A graph run by onnxruntime and nothing else, in a thread: under Jest, onnxruntime does not know its own arrays again.
import { parentPort, workerData } from 'node:worker_threads';
import ort from 'onnxruntime-node';

const { graph, output, tensors } = workerData;
const session = await ort.InferenceSession.create(graph);
const results = [];
for (const { type, data, shape } of tensors) {
  const fed = { [session.inputNames[0]]: new ort.Tensor(type, data, shape) };
  results.push((await session.run(fed))[output].data);
}
parentPort.postMessage(results);
