import { open } from 'node:fs/promises';
import { argv, stdout } from 'node:process';
import { startJob } from '../src/job-process.ts';
import type { RunRequest } from '../src/runner.ts';

// usage: node spawn-and-die.ts REQUEST EXIT-FILE: starts what watches over the job, and never says go; to be killed.

const request = JSON.parse(argv[2] ?? '') as RunRequest;
const log = await open(request.logFile, 'a');
const { pid } = await startJob(request, log.fd, argv[3] ?? '', '/bin/sh');
stdout.write(`${String(pid)}\n`);
// Nothing else keeps this process.
process.stdin.resume();
