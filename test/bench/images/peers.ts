import { tool } from '../../../scripts/tools.ts';
import { shell } from './compare.ts';
import type { BenchSshd } from './world.ts';

type Words = readonly string[];

/** Downloads URLs one by one, each with the `.md5` beside it, and checks all, as RDO's jobs do. */
export function curl(urls: Words, sums: readonly ('md5sum' | 'sha256sum')[]): Words {
  // RDO has no .sha256: what there would be to check is at least computed.
  const check = sums.map((sum) => (sum === 'md5sum' ? 'md5sum -c --quiet *.md5' : 'sha256sum *.tar *.qcow2 > sha256'));
  return shell(`for url; do curl -fsS -O "$url" -O "$url.md5"; done; ${check.join('; ')}`, urls);
}

/** As {@link curl}. */
export function wget(urls: Words): Words {
  return shell('for url; do wget -q "$url" "$url.md5"; done; md5sum -c --quiet *.md5', urls);
}

interface RcloneOptions {
  /** Compares with the `.md5` beside the files afterwards. Default false. */
  readonly checksum?: boolean;
  /** Copies one file of the folder. Default: all. */
  readonly only?: string;
}

/** Copies the content of a folder of a web server whose listing it reads. */
export function rcloneHttp(url: string, into: string, { checksum = false, only }: RcloneOptions = {}): Words {
  const copy = [tool('rclone'), 'copy', '-q', ...includeFlags(only), '--http-url', `${url}/`, ':http:', into];
  if (!checksum) return copy;
  const sums = 'cat "$1"/*.md5 > "$HOME/sums"; "$2" checksum -q --exclude "*.md5" md5 "$HOME/sums" "$1"';
  return shell(`into=$1; shift; "$@"; set -- "$into" "$1"; ${sums}`, [into, ...copy]);
}

/** Copies the content of a folder behind an sshd. */
export function rsyncPull(sshd: BenchSshd, options: Words, from: string, into: string): Words {
  return ['rsync', ...options, '-e', `ssh -F ${sshd.config}`, `images:${from}/`, `${into}/`];
}

/** Copies the content of a folder to one behind an sshd, which is made with those above it. */
export function rsyncPush(sshd: BenchSshd, options: Words, from: string, to: string): Words {
  return ['rsync', '--mkpath', ...options, '-e', `ssh -F ${sshd.config}`, `${from}/`, `images:${to}/`];
}

/** Uploads a folder as `to/NAME`; those above are made. */
export function sftpPut(sshd: BenchSshd, from: string, to: string): Words {
  const parts = to.split('/').slice(1);
  const folders = parts.slice(0, -1).map((_, index) => `-mkdir /${parts.slice(0, index + 1).join('/')}`);
  return sftp(sshd, [...folders, `put -r ${from} ${to}`]);
}

/** Runs lines in one session; the first that fails ends it, unless it begins with `-`. */
export function sftp(sshd: BenchSshd, lines: Words): Words {
  return shell('printf "%s\\n" "$2" | sftp -q -F "$1" -b - images > "$HOME/sftp.log"', [sshd.config, lines.join('\n')]);
}

/** Copies the content of a folder. Where the server runs commands, it has checksums computed there. */
export function rcloneSftp(
  sshd: BenchSshd,
  from: string,
  to: string,
  { only }: Pick<RcloneOptions, 'only'> = {},
): Words {
  const { username, hostname, port } = new URL(sshd.url);
  const where = ['--sftp-host', hostname, '--sftp-port', port, '--sftp-user', username];
  const who = ['--sftp-key-file', sshd.privateKeyFile, '--sftp-known-hosts-file', sshd.knownHosts];
  return [tool('rclone'), 'copy', '-q', ...includeFlags(only), ...where, ...who, from, `:sftp:${to}`];
}

function includeFlags(only: string | undefined): Words {
  return only === undefined ? [] : ['--include', only];
}

/** Downloads what is newer at the server than in the current folder. */
export function wgetNewer(urls: Words): Words {
  return ['wget', '-q', '-N', ...urls];
}

/** Takes up a download where the file in the current folder ends. */
export function curlContinue(url: string): Words {
  return ['curl', '-fsS', '-C', '-', '-O', url];
}

/** Takes up an upload where the file at the server ends. */
export function sftpContinue(sshd: BenchSshd, from: string, to: string): Words {
  return sftp(sshd, [`reput ${from} ${to}`]);
}
