import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findTool } from './tools.ts';
import { root } from './workspaces.ts';

// usage: node scripts/test.ts [ring] [arguments of AVA, such as file patterns, --match or --update-snapshots]

interface Ring {
  /** AVA's configuration; the ring exists when this file does. */
  readonly config: string;
  /** What `scripts/install-peers.sh` must have brought. */
  readonly needs: readonly string[];
}

const rings: Readonly<Record<string, Ring>> = {
  base: { config: 'ava.config.js', needs: [] },
  peers: {
    config: 'test/peers/ava.config.js',
    needs: [
      'docker-registry',
      'skopeo',
      'crane',
      'regctl',
      'oras',
      'registry',
      'openssl',
      'sshd',
      'ssh-keygen',
      'nginx',
      'htpasswd',
      'dlrn/python',
      'dlrn/dlrnapi',
      'apache2',
      'krb5kdc',
      'kadmin.local',
      'kinit',
      'faketime',
      'postgres',
      'initdb',
      'pg_ctl',
      'setpriv',
      'dnf',
      'rpmbuild',
      'createrepo_c',
      'qemu-img',
      'buildah',
    ],
  },
  sweep: { config: 'test/sweep/ava.config.js', needs: [] },
  act: { config: 'test/act/ava.config.js', needs: ['act', 'actionlint', 'lint/zizmor', 'lint/check-jsonschema'] },
  zuul: {
    config: 'test/zuul/ava.config.js',
    needs: [
      'zuul/zuul-scheduler',
      'zuul/zuul-executor',
      'zuul/zuul-web',
      'zuul-ansible/ansible-playbook',
      'java',
      'bwrap',
      'git',
      'openssl',
      'ssh-keygen',
      'ssh-agent',
      'postgres',
      'initdb',
      'pg_ctl',
      'setpriv',
    ],
  },
};

interface Counts {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const inCi = process.env['CI'] === 'true';
const [first, ...others] = process.argv.slice(2);
const named = first !== undefined && Object.hasOwn(rings, first);
const ringName = named ? first : 'base';
process.exitCode = await runRing(ringName, named ? others : process.argv.slice(2));

async function runRing(name: string, avaArguments: readonly string[]): Promise<number> {
  const ring = rings[name];
  if (ring === undefined || !existsSync(join(root, ring.config))) {
    return report(name, [], `there is no ring "${name}": ${ring?.config ?? 'its configuration'} does not exist`);
  }
  const missing = ring.needs.filter((need) => findTool(need) === null);
  if (missing.length > 0) {
    const what = `the ring "${name}" needs ${missing.join(', ')}: run scripts/install-peers.sh (Debian; as root or with sudo)`;
    if (inCi) return report(name, [], what);
    console.error(what);
    return 2; // neither passed nor failed: nothing was run, and nothing is recorded
  }
  const { exitCode, counts } = await runAva(ring, name, avaArguments);
  if (counts === null) return report(name, [], `AVA ended with ${exitCode} before it had run the tests`);
  const executed = (count: Counts): boolean => count.passed + count.failed > 0;
  if (!counts.some(executed)) return report(name, counts, 'no test was executed');
  // with arguments such as --match a file may well have nothing to run
  const idle = avaArguments.length > 0 ? [] : counts.filter((count) => !executed(count)).map(({ file }) => file);
  if (idle.length === 0) return report(name, counts, exitCode === 0 ? null : `AVA ended with ${exitCode}`);
  const judged = counts.map((count) => (idle.includes(count.file) ? { ...count, failed: 1 } : count));
  return report(name, judged, `no test was executed in ${idle.join(', ')}`);
}

async function runAva(
  ring: Ring,
  name: string,
  avaArguments: readonly string[],
): Promise<{ exitCode: number; counts: readonly Counts[] | null }> {
  const countsFile = join(reportsFolder(), `${name}.counts.json`);
  rmSync(countsFile, { force: true });
  // Tests and what they start leave nothing behind, also when they crash.
  const temporary = mkdtempSync(join(tmpdir(), 'tagflow-ring-'));
  const ava = spawn(
    process.execPath,
    [
      join(root, 'node_modules/ava/entrypoints/cli.js'),
      '--config',
      join(root, 'scripts/counted.ava.config.ts'),
      ...avaArguments,
    ],
    {
      stdio: ['inherit', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
        TAGFLOW_RING_CONFIG: join(root, ring.config),
        TAGFLOW_COUNTS_FILE: countsFile,
        TMPDIR: temporary,
        // Every test file is a process, and most of them load the same sources.
        NODE_COMPILE_CACHE: join(temporary, 'code'),
      },
    },
  );
  const closed = new Promise<number>((resolve, reject) => {
    ava.on('error', reject);
    ava.on('close', (code, signal) => {
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
  for await (const line of createInterface({ input: ava.stdout })) {
    // AVA warns of the configuration that this script chose itself
    if (!/Using configuration from |Experiments are enabled/.test(line)) process.stdout.write(`${line}\n`);
  }
  const exitCode = await closed;
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  const counts = existsSync(countsFile) ? (JSON.parse(readFileSync(countsFile, 'utf8')) as Counts[]) : null;
  rmSync(countsFile, { force: true });
  return { exitCode, counts };
}

/** Writes what `.ci/run` adds up, prints it, and returns the exit code. A problem counts as a failure, never as none. */
function report(name: string, counts: readonly Counts[], problem: string | null): number {
  const passed = sum(counts, 'passed');
  const failed = Math.max(sum(counts, 'failed'), problem === null ? 0 : 1);
  const skipped = sum(counts, 'skipped');
  const groups = Object.groupBy(counts, groupOf);
  for (const [group, members = []] of Object.entries(groups).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`  ${group.padEnd(14)} ${sum(members, 'passed')} passed, ${sum(members, 'failed')} failed`);
  }
  if (problem !== null) console.error(`${name}: ${problem}`);
  writeFileSync(join(reportsFolder(), `${name}.json`), `${JSON.stringify({ ring: name, passed, failed, skipped })}\n`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 ? 0 : 1;
}

function groupOf({ file }: Counts): string {
  const [top = '', next = ''] = file.split('/');
  return top === 'test' ? next.replace(/\.test\.ts$/, '') : 'unit';
}

function sum(counts: readonly Counts[], key: 'passed' | 'failed' | 'skipped'): number {
  return counts.reduce((total, count) => total + count[key], 0);
}

function reportsFolder(): string {
  const folder = join(root, '.tagflow', 'reports');
  mkdirSync(folder, { recursive: true });
  return folder;
}
