import test from 'ava';
import { modes } from './lane.ts';
import { everything, fates, sweep, type SweepReport } from './sweep.ts';
import { faultsOf, formatFailure, formatReport } from './table.ts';

let report: SweepReport;

test.before(async (t) => {
  t.timeout(60 * 60_000);
  report = await sweep({ ...everything, say: (line) => t.log(line) });
  t.log(formatReport(report));
});

for (const mode of modes) {
  for (const fate of fates) {
    test(`${mode}, killed at every call it makes, run again with its ledger ${fate}: all old or all new`, (t) => {
      const own = report.results.filter((result) => result.mode === mode);
      const bad = own.filter((result) => faultsOf(result).some((fault) => fault.startsWith(fate)));
      const endings = own.flatMap(({ endings: found }) => found?.[fate] ?? []);
      t.true(own.length > report.calls[mode] && report.calls[mode] > 100, 'every call is a point');
      t.log(`${report.calls[mode]} calls, ${own.length} points, ${endings.length} reached, ${bad.length} failed`);
      t.is(bad.length, 0, bad.map(formatFailure).join('\n'));
      t.is(endings.length, own.length);
    });
  }
}
