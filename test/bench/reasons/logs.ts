import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { knownLines } from '../../../packages/featureset/test/reasons-lines.ts';

/** A log on disk, and what is in it. */
export interface BenchLog {
  readonly name: string;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

type Random = () => number;

const mb = 1e6;
// One line of so many tells of a failure.
const rare = 2000;

const failing = knownLines
  .filter(([line, ...patterns]) => patterns.length > 0 && !line.includes('@'))
  .map(([line]) => line);

const harmless: readonly ((random: Random) => string)[] = [
  (random) =>
    `2019-05-05 05:05:05.${digits(random)} 7 DEBUG nova.compute.manager [req-${hex(random)}-${hex(random)} - - - - -] ` +
    `[instance: ${hex(random)}] Checking state _get_power_state /usr/lib/python3.6/site-packages/nova/compute/manager.py:1348`,
  (random) => `2019-05-05 05:05:05 | TASK [tripleo : Ensure that the directory /var/lib/${hex(random)} exists] ******`,
  (random) =>
    `ok: [overcloud-controller-0] => (item={'path': '/var/log/containers/${hex(random)}', 'setype': 'svirt_sandbox_file_t'})`,
  (random) => `  Installing       : python3-oslo-messaging-${hex(random)}.el8.noarch  ${digits(random)}/412`,
  (random) =>
    `192.0.2.1 - - [05/May/2019:05:05:05 +0000] "GET /v3/auth/tokens?${hex(random)} HTTP/1.1" 200 5123 "-" "python"`,
  (random) =>
    `May 05 05:05:05 undercloud kernel: IPv4: martian source ${hex(random)} from 192.0.2.3, on dev br-ctlplane`,
  (random) =>
    `{1} tempest.api.network.test_ports.PortsTestJSON.test_show_port_${hex(random)} [0.${digits(random)}s] ... ok`,
  (random) => `INFO:__main__:Downloading https://trunk.rdoproject.org/centos8-master/component/${hex(random)}.rpm`,
];

const hostile: Readonly<Record<string, (random: Random) => string>> = {
  'one endless line': () => 'Could not resolve hos ',
  'all failures in every line': () => `${failing.join(' ')}\n`,
  'begins of what is looked for': (random) => `${pick(failing, random).slice(0, 9)}${random() < 0.05 ? '\n' : ''}`,
  'every line a candidate': () => `${'trunk.rdoproject.org: '.repeat(8)}\n`,
};

/** Writes the log of a usual job, unless it is there already: seeded, so that it is the same everywhere. */
export async function usualLog(megabytes: number): Promise<BenchLog> {
  const random = seeded(5);
  let lines = 0;
  return write('a usual log', megabytes, () => {
    lines += 1;
    return `${lines % rare === 0 ? pick(failing, random) : pick(harmless, random)(random)}\n`;
  });
}

/** Writes logs that are made to be slow to look through. */
export async function hostileLogs(megabytes: number): Promise<readonly BenchLog[]> {
  const logs: BenchLog[] = [];
  for (const [name, line] of Object.entries(hostile)) {
    const random = seeded(7);
    logs.push(await write(name, megabytes, () => line(random)));
  }
  return logs;
}

async function write(name: string, megabytes: number, line: () => string): Promise<BenchLog> {
  const folder = join(tmpdir(), 'tagflow-bench-reasons');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name.replaceAll(' ', '-')}-${megabytes}.log`);
  const known = await stat(file).catch(() => null);
  if (known === null) {
    const parts = function* () {
      for (let size = 0; size < megabytes * mb;) {
        let part = '';
        while (part.length < 256 * 1024) part += line();
        size += part.length;
        yield Buffer.from(part, 'latin1');
      }
    };
    await pipeline(Readable.from(parts()), createWriteStream(`${file}.part`));
    await rename(`${file}.part`, file);
  }
  return { name, file, size: (await stat(file)).size };
}

function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

function hex(random: Random): string {
  return Math.floor(random() * 2 ** 31).toString(16);
}

function digits(random: Random): string {
  return Math.floor(random() * 1000).toString();
}
