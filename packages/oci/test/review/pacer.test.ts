import test from 'ava';
import { createPacer } from '../../../http/src/pacer.ts';
import { sendPatiently } from '../../../http/src/patience.ts';

/** A clock whose time goes on when everybody sleeps. */
function virtual() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const drive = async (): Promise<void> => {
    for (let idle = 0; idle < 50;) {
      await new Promise((resolve) => setImmediate(resolve));
      idle += 1;
      if (idle < 3 || sleepers.length === 0) continue;
      sleepers.sort((a, b) => a.at - b.at);
      const next = sleepers.shift();
      now = Math.max(now, next?.at ?? 0);
      next?.wake();
      idle = 0;
    }
  };
  return {
    drive,
    clock: {
      now: () => now,
      sleep: (ms: number) => new Promise<void>((wake) => void sleepers.push({ at: now + ms, wake })),
    },
  };
}

test('a server that says for good that it is too much is given up in minutes by all together', async (t) => {
  const { clock, drive } = virtual();
  const { signal } = new AbortController();
  const log = { debug() {}, info() {}, warning() {} };
  const pacer = createPacer(64, { clock, signal });
  let sent = 0;
  const hop = { method: 'HEAD', url: new URL('http://busy.example/v2/'), headers: {}, redirects: 0 } as const;
  const one = () =>
    sendPatiently(
      hop,
      {},
      { clock, log, signal },
      async () => {
        sent += 1;
        return { status: 429, headers: { 'retry-after': '60' }, body: Buffer.alloc(0), text: '', url: hop.url.href };
      },
      { pacer },
    );
  const all = Promise.all(Array.from({ length: 150 }, one));
  await drive();
  await all;
  const minutes = clock.now() / 60_000;
  t.true(minutes < 60, `${minutes} minutes, ${sent} requests`);
});
