// Loaded into a tagflow process (--import) by images-killed-here.test.ts and images-full.test.ts: counts what the
// process changes on this machine's disk. It dies before the change of a number, or the disk is full after some bytes.
import { promises as fs } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const dieAt = Number(process.env['TEST_DIE_AT'] ?? Infinity);
const room = Number(process.env['TEST_ROOM'] ?? Infinity);
let changes = 0;
let written = 0;

function change(bytes: number): void {
  changes += 1;
  if (changes === dieAt) process.kill(process.pid, 'SIGKILL');
  written += bytes;
  if (bytes === 0 || written <= room) return;
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
    ...{ errno: -28, code: 'ENOSPC', syscall: 'write' },
  });
}

type Call = (this: unknown, ...given: unknown[]) => Promise<unknown>;

function count(owner: object, name: string, bytesOf: (given: unknown[]) => number): void {
  const real = Reflect.get(owner, name) as Call;
  const counted: Call = async function counted(...given) {
    change(bytesOf(given));
    return real.apply(this, given);
  };
  Reflect.set(owner, name, counted);
}

const lengthOf = (given: unknown): number =>
  typeof given === 'string' || given instanceof Uint8Array ? given.length : 0;

const probe = await fs.open('/dev/null');
const handles: object = Object.getPrototypeOf(probe) as object;
await probe.close();
for (const name of ['mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'utimes']) count(fs, name, () => 0);
// What an action puts out goes to another disk.
count(fs, 'writeFile', ([path, content]) => (String(path).endsWith('/set.json') ? 0 : lengthOf(content)));
count(fs, 'copyFile', () => 0);
count(handles, 'write', ([, , length]) => Number(length));
for (const name of ['truncate', 'sync', 'datasync']) count(handles, name, () => 0);
syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(`${changes} changes\n`));
