import { argv, stdout } from 'node:process';
import { createCommandRunner } from '../src/command-runner.ts';
import type { RunRequest } from '../src/runner.ts';

// usage: node start-and-die.ts REQUEST NOW: runs the job of the request (JSON), and says each line; to be killed.

const request = JSON.parse(argv[2] ?? '') as RunRequest;
const clock = { now: () => Number(argv[3]), sleep: () => new Promise<void>(() => undefined) };
const say = () => undefined;
await createCommandRunner().run(
  { ...request, onLine: (line) => stdout.write(`${line}\n`) },
  { clock, signal: new AbortController().signal, log: { debug: say, info: say, warning: say } },
);
