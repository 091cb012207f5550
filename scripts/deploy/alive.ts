/**
 * node dist/scripts/deploy/alive.js VARIABLE PORT: ends with 0 when the app in this container answers, else with 1.
 * VARIABLE names the environment variable that may choose another port. Imports nothing: it runs every few seconds.
 */
const [variable = '', usualPort] = process.argv.slice(2);
const port = process.env[variable] || usualPort;
const timeoutMs = 4_000;

try {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/health/live`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}

export {};
