import { Garbage, type ReportReader } from './garbage.ts';
import { createSubunitLines } from './subunit-lines.ts';
import { createPacketReader, type SubunitPacket } from './subunit-packets.ts';
import type { TestStatus } from './tally.ts';
import { createTestRuns } from './test-runs.ts';

const inProgress = 2;
/** By the status of a packet. An unexpected success fails a run, and an expected failure does not. */
const statuses: Readonly<Record<number, TestStatus>> = {
  3: 'passed',
  4: 'failed',
  5: 'skipped',
  6: 'failed',
  7: 'passed',
};
const words: Readonly<Record<number, string>> = { 4: 'it succeeded, and was expected to fail' };

// Traceback first or last, what went wrong is at the end of it.
const longestTraceback = 16 * 1024;
const mostTracebacks = 256;
const mostBrokenTold = 3;

/**
 * Reads a subunit stream, version 2 (packets) or version 1 (lines). What other programs printed into it is passed over; a
 * file that is neither, and bytes that are not even text, are not.
 */
export function createSubunitReader(add: (test: string, status: TestStatus, message: string) => void): ReportReader {
  const runs = createTestRuns();
  const lineRuns = createTestRuns();
  const lines = createSubunitLines(lineRuns);
  const tracebacks = new Map<string, string>();
  const broken: string[] = [];
  let packets = 0;
  let bytesSeen = 0;
  let strange = false;

  function takePacket({ status, test, route, file }: SubunitPacket): void {
    packets += 1;
    if (test === null) return;
    const key = JSON.stringify([route, test]);
    if (file !== null && /^(?:traceback|message)/.test(file.name)) {
      const text = `${tracebacks.get(key) ?? ''}${file.bytes.toString()}`;
      tracebacks.set(key, text.slice(-longestTraceback));
      const [oldest] = tracebacks.keys();
      if (tracebacks.size > mostTracebacks && oldest !== undefined) tracebacks.delete(oldest);
    }
    const ended = statuses[status];
    if (status === inProgress) runs.begin(key, test);
    if (ended === undefined) return;
    runs.end(key, test, ended, tracebacks.get(key) ?? words[status] ?? '');
    tracebacks.delete(key);
  }

  const reader = createPacketReader({
    packet: takePacket,
    other(bytes) {
      // eslint-disable-next-line no-control-regex -- what no terminal program prints
      strange ||= /[\u0000-\u0006]/.test(bytes.toString('latin1'));
      lines.push(bytes);
    },
    broken: (what) => {
      if (broken.length < mostBrokenTold) broken.push(what);
    },
  });

  return {
    push(bytes) {
      bytesSeen += bytes.length;
      reader.push(bytes);
    },
    end() {
      reader.end();
      lines.end();
      if (broken.length > 0) throw new Garbage(broken.join('; '));
      if (strange) throw new Garbage('it holds bytes that are neither subunit nor text');
      if (packets === 0 && lineRuns.size === 0 && bytesSeen > 0) throw new Garbage('it is no subunit stream');
    },
    // Version 1 is only where no packets are: in a stream of packets its lines are what some program printed.
    close: () => (packets > 0 ? runs : lineRuns).tell(add),
  };
}
