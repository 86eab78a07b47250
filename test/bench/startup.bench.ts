import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../scripts/bundle.ts';
import { workspaces } from '../../scripts/workspaces.ts';

/** What DESIGN allows: from the start of a process to its refusal of a bad input. */
const limit = 1.3;
const rounds = 15;
/** Starts that are measured as one: the clock of a shell counts milliseconds. */
const starts = 4;

interface Case {
  readonly title: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: number;
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export const usage = '[TITLE…]: only the cases whose title begins so';

/**
 * Starts what would be committed now, from a folder of its own, again and again in turn with `node -e 0`, and prints what
 * each takes as a ratio to that: the middle of many, CPU time (user and system) and wall time.
 */
export async function bench(print: (line: string) => void, words: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-startup-'));
  try {
    const { files } = await bundle();
    for (const [file, contents] of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), contents);
    }
    const wanted = casesIn(folder).filter(
      ({ title }) => words.length === 0 || words.some((word) => title.startsWith(word)),
    );
    const peer: Case = { title: 'node -e 0', words: ['-e', '0'], exit: 0 };
    const all = [peer, ...wanted];
    const samples = new Map<string, Sample[]>(all.map(({ title }) => [title, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const one of all) {
        const sample = await take(one, folder);
        if (round > 0) samples.get(one.title)?.push(sample); // the first is for the disk
      }
    }
    const base = middle(samples.get(peer.title) ?? []);
    print(`node -e 0: ${base.cpuMs.toFixed(1)} ms of CPU time, ${base.wallMs.toFixed(1)} ms`);
    for (const { title } of wanted) {
      const { cpuMs, wallMs } = middle(samples.get(title) ?? []);
      const [cpu, wall] = [cpuMs / base.cpuMs, wallMs / base.wallMs];
      const verdict = cpu <= limit ? '' : `  more than ${limit}`;
      print(`${title.padEnd(36)} CPU ${cpu.toFixed(2)} ×, wall ${wall.toFixed(2)} ×${verdict}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function casesIn(folder: string): readonly Case[] {
  const bad = ['--log-level', 'loud'];
  const tagflow = join(folder, 'tagflow.js');
  const actions = workspaces().flatMap(({ kind, name }) =>
    kind === 'action' && existsSync(join(folder, `${name}.js`)) ? [name] : [],
  );
  const step = { GITHUB_ACTIONS: 'true', GITHUB_ACTION: 'bench', 'INPUT_LOG-LEVEL': 'loud' };
  return [
    ...actions.map((name): Case => ({ title: name, words: [join(folder, `${name}.js`), ...bad], exit: 2 })),
    { title: 'tagflow help', words: [tagflow, 'help'], exit: 0 },
    ...['run', 'plan', 'resume', 'get-repo-hash', 'promote-symlink'].map((command): Case => ({
      title: `tagflow ${command}`,
      words: [tagflow, command, ...bad],
      exit: 2,
    })),
    // @actions/core is in these as well.
    ...['get-repo-hash', 'promote-symlink'].map((name): Case => ({
      title: `step ${name}`,
      words: [join(folder, `${name}.js`)],
      env: step,
      exit: 2,
    })),
  ];
}

/** The shell stands between: what it counts is of its children alone, and a child's start depends on who forks it. */
const script = `
TIMEFORMAT='%3R %3U %3S'; count=$1; expected=$2; shift 2
{ time for ((i = 0; i < count; i++)); do "$@" >out 2>err; [ $? = "$expected" ] || exit 99; done; } 2>times
cat times
`;

async function take({ title, words, env = {}, exit }: Case, folder: string): Promise<Sample> {
  const { stdout } = await promisify(execFile)(
    '/bin/bash',
    ['-c', script, 'bash', String(starts), String(exit), process.execPath, ...words],
    { cwd: folder, env: { PATH: '/usr/bin:/bin', HOME: folder, ...env } },
  ).catch((cause: unknown) => {
    throw new Error(`${title} did not end with ${exit}`, { cause });
  });
  const [real = NaN, user = NaN, system = NaN] = stdout.trim().split(' ').map(Number);
  return { wallMs: (real * 1000) / starts, cpuMs: ((user + system) * 1000) / starts };
}

function middle(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => {
    const sorted = samples.map(pick).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? NaN;
  };
  return { wallMs: of(({ wallMs }) => wallMs), cpuMs: of(({ cpuMs }) => cpuMs) };
}
