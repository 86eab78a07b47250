import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import {
  createLabBuilder,
  createVirtualClock,
  type LabDlrn,
  type LabMode,
  promoteBatch,
  startLabDlrn,
} from '@tagflow/lab';
import { action } from '../src/action.ts';

const pinning = { upstream: { pin: { from: 'tested', to: 'pinned', criteria: 'none' } } };
const projects = ['tripleo', 'compute'].map((component) => ({ name: `lab-${component}`, component }));

type Section = Readonly<Record<string, unknown>>;

/** Parts of a tagflow.yaml, in its words. */
export interface ConfigParts {
  /** Besides, or in place of, the addresses of the bench's DLRN. */
  readonly dlrn?: Section;
  readonly registries?: Section;
  /** Default: one that pins `tested`. */
  readonly phases?: Section;
}

export interface Bench {
  readonly lab: LabDlrn;
  /** The inputs that say where it is. */
  readonly at: Readonly<Record<'repos-url' | 'dlrn-url', string>>;
  /** Where the files of all runs go. */
  readonly outDir: string;
  /** What the runs have said so far. */
  readonly said: string[];
  /** Builds both packages once more, an hour later. */
  build(): Promise<void>;
  /** Gives a label to the newest build, of each component in component mode. */
  promote(label: string): void;
  /** Writes a tagflow.yaml of master on CentOS 9 and returns its path. */
  configure(parts?: ConfigParts): Promise<string>;
  /** Runs the action on these inputs. */
  run(inputs: Readonly<Record<string, string>>): Promise<ExecutionResult>;
  /** Returns how many requests the work made. */
  count(work: () => Promise<unknown>): Promise<number>;
}

export interface BenchOptions {
  /** Such as `centos9-wallaby`; default that of the mode. */
  readonly builder?: string;
  readonly extended?: boolean;
}

/** The action beside a DLRN with two builds, of 2026-01-01 at one o'clock. */
export async function bench(t: ExecutionContext, mode: LabMode, options: BenchOptions = {}): Promise<Bench> {
  const { builder: name, extended = false } = options;
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const lab = await startLabDlrn({ clock, mode, projects, ...(name === undefined ? {} : { builder: name }) });
  t.teardown(() => lab.close());
  const builder = createLabBuilder({ dlrn: lab.state, clock, seed: `hash ${name ?? ''}`, extended });
  const build = async (): Promise<void> => {
    await clock.advance(3_600_000);
    for (const project of projects) builder.build(project.name);
  };
  await build();
  const outDir = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  t.teardown(() => rm(outDir, { recursive: true }));
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  return {
    lab,
    at: { 'repos-url': lab.reposUrl, 'dlrn-url': lab.apiUrl },
    outDir,
    said,
    build,
    promote: (label) => {
      const newest = lab.state.commits.slice(mode === 'component' ? -2 : -1);
      const wishes = newest.map(({ commitHash, distroHash, extendedHash }) => ({
        commitHash,
        distroHash,
        extendedHash,
        label,
      }));
      promoteBatch(lab.state, wishes, 'ciuser');
    },
    configure: async ({ dlrn, phases = pinning, ...more } = {}) => {
      const file = join(outDir, 'tagflow.yaml'); // JSON is YAML
      const addresses = { 'api-url': lab.apiUrl, 'repos-url': lab.reposUrl };
      const whole = { release: 'master', distro: 'centos9', dlrn: { ...addresses, ...dlrn }, phases, ...more };
      await writeFile(file, JSON.stringify(whole));
      return file;
    },
    run: (inputs) =>
      executeAction(action, new Map(Object.entries(inputs)), {
        clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
        log: { debug: () => undefined, info: say, warning: say },
        progress: () => undefined,
        signal: new AbortController().signal,
        outDir,
        cwd: outDir,
        actor: 'test',
        random: () => 0,
        env: {},
      }),
    count: async (work) => {
      const before = lab.requests.length;
      await work();
      return lab.requests.length - before;
    },
  };
}

/** Returns a macro: these inputs are refused with these messages before a DLRN of the mode is asked. */
export const invalidIn = (mode: LabMode) =>
  test.macro({
    exec: async (t, inputs: Readonly<Record<string, string>>, ...messages: readonly RegExp[]) => {
      const { lab, run } = await bench(t, mode);
      const result = await run(inputs);
      t.is(result.outcome, 'invalid');
      for (const message of messages) t.regex(result.message ?? '', message);
      t.is(result.problems.length, messages.length, 'everything that is wrong at once, and no more');
      t.is(lab.requests.length, 0);
    },
    title: (title = '') => `invalid: ${title}`,
  });

/** A request as the host saw it, its path with the name of the builder. */
export interface HostRequest {
  readonly path: string;
  readonly authorization: string | null;
}

export interface Host {
  readonly url: string;
  readonly requests: readonly HostRequest[];
}

/**
 * Starts one server in front of several DLRNs, each below the name of its builder, and their APIs below
 * `api-<builder>`, of master `-uc` behind it: as on RDO's host.
 * @param guard whether an API answers only those who come with some login
 */
export async function startHost(t: ExecutionContext, labs: readonly LabDlrn[], guard = false): Promise<Host> {
  const requests: HostRequest[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const authorization = request.headers.authorization ?? null;
    requests.push({ path, authorization });
    const [, api, builder, below = ''] = /^\/(api-)?(.*?)(?:-uc)?(\/.*)$/.exec(path) ?? [];
    const lab = labs.find(({ state }) => state.builder === builder);
    if (lab === undefined) return void response.writeHead(404).end('no such builder');
    if (api !== undefined && guard && authorization === null) return void response.writeHead(401).end('Unauthorized');
    fetch(`${api === undefined ? lab.reposUrl : lab.apiUrl}${below}`).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  t.teardown(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Returns the variables that a strict shell has when it has read a file, and nothing else but its own. */
export async function sourced(file: string | undefined): Promise<Readonly<Record<string, string>>> {
  const script = `. "$1"; exec "$2" -p 'JSON.stringify(process.env)'`;
  const args = ['-eu', '-c', script, 'sh', file ?? '', process.execPath];
  const { stdout } = await promisify(execFile)('/bin/sh', args, { env: {} });
  const {
    PWD: _pwd,
    OLDPWD: _old,
    SHLVL: _level,
    _: _last,
    ...variables
  } = JSON.parse(stdout) as Record<string, string>;
  return variables;
}
