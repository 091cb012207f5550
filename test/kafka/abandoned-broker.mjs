// A process with a broker of its own, which the test kills. It prints the broker's pid and folder.
import { KafkaBroker } from '../../dist/scripts/services/kafka-broker.js';

const { pid, folder } = await KafkaBroker.start();
console.log(JSON.stringify({ pid, folder }));
// Until it is killed: a broker does not keep its process waiting.
process.stdin.resume();
