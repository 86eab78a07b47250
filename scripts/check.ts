import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './workspaces.ts';

// usage: node scripts/check.ts [name of a check …]

interface Check {
  readonly name: string;
  /** A script or a package's command, and its arguments; run by this Node. */
  readonly command: readonly [string, ...string[]];
  /** What to run when it fails. */
  readonly remedy: string;
}

// The longest first, so that the short ones fill what is left.
const checks: readonly Check[] = [
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '.'], remedy: 'npx eslint . --fix' },
  { name: 'format', command: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'], remedy: 'npm run format' },
  {
    name: 'types',
    command: ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json'],
    remedy: 'npm run check types',
  },
  { name: 'unused', command: ['node_modules/knip/bin/knip.js'], remedy: 'npx knip' },
  { name: 'generated', command: ['scripts/generate.ts', '--check'], remedy: 'npm run generate' },
  { name: 'dist', command: ['scripts/build.ts', '--check'], remedy: 'npm run build' },
  { name: 'changesets', command: ['scripts/release.ts', '--check'], remedy: 'npm run release -- --check' },
];

interface Result {
  readonly check: Check;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

function run(check: Check): Promise<Result> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const [script, ...rest] = check.command;
    const child = spawn(process.execPath, [join(root, script), ...rest], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ check, passed: code === 0, seconds: (performance.now() - started) / 1000, output });
    });
  });
}

/** Runs the checks, as many at once as there are processors, and prints each result as it comes. */
async function runAll(wanted: readonly Check[]): Promise<readonly Result[]> {
  const waiting = [...wanted];
  const results: Result[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const result = await run(check);
      results.push(result);
      console.log(
        `${result.passed ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(10)} ${result.seconds.toFixed(1).padStart(5)} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  return results;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no check is named ${unknown.join(', ')}; there are ${checks.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  const results = await runAll(names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name)));
  const failed = results.filter(({ passed }) => !passed);
  for (const { check, output } of failed) console.error(`\n── ${check.name} ──\n${output.trimEnd()}`);
  if (failed.length > 0) console.error('');
  for (const { check } of failed) console.error(`${check.name} failed; run: ${check.remedy}`);
  if (failed.length > 0) process.exitCode = 1;
}
