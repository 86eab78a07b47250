import { execFile } from 'node:child_process';
import { chown, mkdir, realpath, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { tool } from '../../scripts/tools.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const run = promisify(execFile);

export interface RealPostgres {
  readonly port: number;
  /** `postgres://tagflow@127.0.0.1:PORT/postgres` */
  readonly url: string;
  /** The folder of its Unix socket. */
  readonly sockets: string;
  /** Ends the server, and its connections with it; what was committed stays. */
  stop(): Promise<void>;
  /** Starts it again, on another port. */
  restarted(): Promise<RealPostgres>;
}

export interface RealPostgresOptions {
  /** What its user has to know; without one it believes everybody. */
  readonly password?: string;
}

/**
 * Starts PostgreSQL on loopback with one user, `tagflow`.
 * @param root an existing folder for its data
 */
export async function startRealPostgres(root: string, { password }: RealPostgresOptions = {}): Promise<RealPostgres> {
  // It refuses to run as root; Debian's package brings a user for it, who cannot enter root's folders otherwise.
  const user = ['--reuid=postgres', '--regid=postgres', '--init-groups'];
  const passing = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const asUser = userInfo().uid === 0 ? [tool('setpriv'), ...user, ...passing, '--'] : [];
  const [data, sockets] = [join(root, 'data'), join(root, 'sockets')];
  const program = (name: string) => realpath(tool(name));
  const as = async (name: string, args: readonly string[]) => {
    const [command = '', ...rest] = [...asUser, await program(name), ...args];
    await run(command, rest, { cwd: root, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  };
  for (const folder of [data, sockets]) {
    await mkdir(folder, { mode: 0o700 });
    if (asUser.length > 0) await chown(folder, ...(await idsOf('postgres')));
  }
  // A language whose words are not sorted as bytes are.
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, password ?? 'unused', { mode: 0o644 });
  const auth = password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await as('initdb', ['-D', data, '-U', 'tagflow', '--no-sync', ...auth, ...locale]);

  const start = async (): Promise<RealPostgres> => {
    const postgres = await program('postgres');
    const server: ServerProcess = await startServerProcess({
      program: asUser[0] ?? postgres,
      prepare: (port) => {
        const args = [
          '-D',
          data,
          '-p',
          String(port),
          '-h',
          '127.0.0.1',
          '-k',
          sockets,
          '-c',
          'fsync=off',
          '-c',
          'max_connections=200',
        ];
        return Promise.resolve([...asUser.slice(1), ...(asUser.length > 0 ? [postgres] : []), ...args]);
      },
    });
    await untilStarted(server.port);
    const stop = async () => {
      // A plain SIGTERM waits for whoever is connected still.
      await as('pg_ctl', ['stop', '-D', data, '-m', 'fast', '-w']);
      await server.close();
    };
    const url = `postgres://tagflow@127.0.0.1:${server.port}/postgres`;
    return { port: server.port, url, sockets, stop, restarted: start };
  };
  return await start();
}

async function idsOf(user: string): Promise<[number, number]> {
  const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
  return [Number(ids[0]?.stdout), Number(ids[1]?.stdout)];
}

/** It takes connections before it answers: first it brings its data in order. */
async function untilStarted(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'tagflow', database: 'postgres', password: '' });
    const failure = await client.connect().then(
      () => null,
      (error: unknown) => error as { readonly code?: string },
    );
    await client.end();
    if (failure?.code !== stillStarting) return;
    await delay(20);
  }
  throw new Error('PostgreSQL does not come up');
}

const stillStarting = '57P03';
