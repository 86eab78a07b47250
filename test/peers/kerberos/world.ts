import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../../scripts/tools.ts';
import { type RealDlrn, startRealDlrn } from '../dlrn/real-dlrn.ts';
import { startTagflow, type TagflowRun } from '../tagflow.ts';
import { type RealApache, startRealApache } from './real-apache.ts';
import { type RealKdc, realm, startRealKdc } from './real-kdc.ts';

export const job = 'periodic-fs001';

export interface Asked {
  /** Default: the one that answers its users only. */
  readonly apiUrl?: string;
  /** What tagflow.yaml says of it. */
  readonly serverPrincipal?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A KDC, and Apache's mod_auth_gssapi before the DLRN that is released, which itself knows passwords only. */
export interface KerberosWorld {
  readonly root: string;
  readonly kdc: RealKdc;
  readonly dlrn: RealDlrn;
  readonly apache: RealApache;
  /** The keytabs of a principal that is let in, of one that is not, and of one whose key was changed since. */
  readonly keytabs: Readonly<Record<'ciuser' | 'stranger' | 'outdated', string>>;
  /** Where a curl is that writes down its arguments, one a line, and is then the real one. */
  readonly recording: string;
  /** Runs an action with a tagflow.yaml that says Kerberos, in an environment without a ticket. */
  tagflow(action: string, asked: Asked): Promise<TagflowRun>;
  close(): Promise<void>;
}

export async function startKerberosWorld(): Promise<KerberosWorld> {
  await using opened = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'tagflow-krb-'));
  opened.defer(() => rm(root, { recursive: true, force: true }));
  const kdc = opened.adopt(await startRealKdc(root), (one) => one.close());
  const dlrn = opened.adopt(await startRealDlrn({ mode: 'classic' }), (one) => one.close());
  const keytab = await kdc.addPrincipal('HTTP/localhost');
  const keytabs = {
    ciuser: await kdc.addPrincipal('ciuser'),
    stranger: await kdc.addPrincipal('stranger'),
    outdated: await kdc.addPrincipal('outdated'),
  };
  await kdc.changeKey('outdated');
  const backend = { url: dlrn.apiUrl, username: dlrn.username, password: dlrn.password };
  const apache = opened.adopt(
    await startRealApache({ root, backend, keytab, allowed: `ciuser@${realm}`, env: kdc.env }),
    (one) => one.close(),
  );
  const recording = join(root, 'bin');
  await makeCurl(recording, `printf '%s\\n' "$@" >> ${join(root, 'arguments')}\nexec ${tool('curl')} "$@"`);
  const closing = opened.move();
  return {
    ...{ root, kdc, dlrn, apache, keytabs, recording },
    async tagflow(action, { apiUrl = apache.closedUrl, serverPrincipal, flags = [], env = {} }) {
      const folder = await mkdtemp(join(root, 'run-'));
      const config = join(folder, 'tagflow.yaml');
      await writeFile(
        config,
        `release: master
distro: centos9
dlrn:
  api-url: ${apiUrl}
  repos-url: ${dlrn.reposUrl}
  auth-method: kerberos
  ${serverPrincipal === undefined ? '' : `server-principal: ${serverPrincipal}`}
  protected-reads: ${String(apiUrl !== apache.openUrl)}
ledger: { url: 'sqlite:${join(root, 'ledger.db')}' }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [${job}] } }
`,
      );
      const whole = {
        PATH: `${recording}:/usr/bin:/bin`,
        HOME: folder,
        TMPDIR: folder,
        KRB5CCNAME: `FILE:${join(folder, 'no-ticket')}`,
        ...kdc.env,
        ...env,
      };
      return startTagflow([action, '--config', config, '--phase', 'upstream', ...flags], { cwd: folder, env: whole })
        .ended;
    },
    close: () => closing.disposeAsync(),
  };
}

/** Makes a program `curl`, alone in a folder. */
export async function makeCurl(folder: string, script: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'curl'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'curl'), 0o755);
}

export const hashOf = (directory: string): string => directory.split('/').at(-1) ?? '';

/** The newest build, and what a vote on it needs. */
export function ballot(dlrn: RealDlrn, logUrl: string): { readonly hash: string; readonly flags: readonly string[] } {
  const { directory } = dlrn.seed.at(-1)!;
  const hash = hashOf(directory);
  const flags = ['--full-hash', hash, '--repo-url', `${dlrn.reposUrl}/${directory}`, '--job', job];
  return { hash, flags: [...flags, '--status', 'success', '--log-url', logUrl] };
}
