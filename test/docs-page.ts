import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type CliIo, runCli } from '@tagflow/action-kit';
import type { ExecutionContext } from 'ava';
import { root } from '../scripts/workspaces.ts';

/** The names of the pages of docs/. */
export const pages: readonly string[] = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

/** A command line of tagflow from its sources, for a shell: no build between an edit and a test. */
export const tagflow = `'${process.execPath}' '${join(root, 'packages', 'cli', 'src', 'main.ts')}'`;

export const textOf = (page: string): string => readFileSync(join(root, 'docs', page), 'utf8');

/** Returns the code blocks of a page of one kind, such as `sh`. */
export function blocks(page: string, kind: string): readonly string[] {
  return [...textOf(page).matchAll(new RegExp(`\`\`\`${kind}\\n([^\`]*)\`\`\``, 'g'))].map(([, block = '']) =>
    block.trim(),
  );
}

/** Returns the commands of a page. One may go over several lines; what is in it is indented. */
export function commandsOf(page: string): readonly string[] {
  return blocks(page, 'sh').flatMap((block) => block.split(/\n(?=np[mx] )/));
}

/** Makes a folder that lives as long as the test. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-docs-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

export interface Ended {
  readonly error: Error | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of a page as its reader would. */
export function shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
  });
}

/** Runs a command line with `npx tagflow` in it, also in what it hands to other shells. */
export async function shellWithNpx(t: ExecutionContext, command: string): Promise<Ended> {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'npx'), `#!/bin/sh\nshift\nexec ${tagflow} "$@"\n`, { mode: 0o755 });
  return shell(command, folder, { PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) });
}

export const withoutPorts = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1');

export interface Answered {
  /** What a person reads. */
  readonly said: string;
  readonly outcome: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs a command line of tagflow in this process: a page with many of them would pay for a start each time. A shell reads
 * its words, with `env`.
 */
export async function runHere(
  command: string,
  { env, ...io }: Omit<CliIo, 'stdout' | 'stderr' | 'isTTY' | 'env'> & { readonly env: NodeJS.ProcessEnv },
): Promise<Answered> {
  const { stdout: line } = await shell(`npx() { shift; printf '%s\\0' "$@"; }; ${command}`, io.cwd, env);
  const [name = '', ...words] = line.split('\0').slice(0, -1);
  const [{ commandOf, wordsAsFlags }, { loadAction }] = await Promise.all([
    import('../packages/cli/src/commands.ts'),
    import('../packages/cli/src/catalogue.ts'),
  ]);
  let [stdout, said] = ['', ''];
  const host: CliIo = {
    ...{ ...io, env, isTTY: false },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (said += text) },
  };
  const own = commandOf(name);
  const action = own === null ? await loadAction(name) : await own.load(host);
  if (action === null) throw new Error(`tagflow has no command "${name}": ${command}`);
  await (own === null ? runCli(action, words, host) : runCli(action, wordsAsFlags(own, words), host, own.usage));
  return { ...(JSON.parse(stdout) as Omit<Answered, 'said'>), said };
}
