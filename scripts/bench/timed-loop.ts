import type { Cost, Turn } from './against-bare.js';
import { answerQuestions } from './bus/measuring-process.js';

/** In a measuring process: each question is answered with what so many looks cost, this many under way at once. */
export const answerWithCosts = (atOnce: number, look: (at: number) => Promise<void>): void =>
  answerQuestions<Turn, Cost>(async ({ pictures }) => {
    const [cpu, since] = [process.cpuUsage(), performance.now()];
    let next = 0;
    const loop = async (): Promise<void> => {
      while (next < pictures) await look(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
    const seconds = (performance.now() - since) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: pictures / seconds, cpuMsPerPicture: (user + system) / 1000 / pictures };
  });
