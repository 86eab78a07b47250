import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';

// AVA's two reporters are not enough to add rings up: the default one leaves out how many passed once one failed, and
// the TAP one of 8.0.1 dies on a test that timed out. Its event stream has the numbers, and the default report stays.
// `scripts/test.ts` hands over the ring's own configuration and the file to write.

interface FileCounts {
  readonly passedTests: number;
  readonly passedKnownFailingTests: number;
  readonly failedTests: number;
  readonly failedHooks: number;
  readonly remainingTests: number;
  readonly skippedTests: number;
}

interface Observed {
  readonly events: AsyncIterable<
    | { readonly type: 'stats'; readonly stats: { readonly byFile: ReadonlyMap<string, FileCounts> } }
    | { readonly type: 'end' | 'interrupt' }
  >;
}

export default async function counted({ projectDir }: { readonly projectDir: string }): Promise<object> {
  const ringConfig = process.env['TAGFLOW_RING_CONFIG'];
  const countsFile = process.env['TAGFLOW_COUNTS_FILE'];
  if (ringConfig === undefined || countsFile === undefined) throw new Error('start this through scripts/test.ts');
  const { default: config } = (await import(pathToFileURL(ringConfig).href)) as { readonly default: object };

  async function observeRun({ events }: Observed): Promise<void> {
    let counts: object[] = [];
    for await (const event of events) {
      if (event.type === 'stats') {
        counts = [...event.stats.byFile].map(([file, stats]) => ({
          file: relative(projectDir, file),
          passed: stats.passedTests + stats.passedKnownFailingTests,
          failed: stats.failedTests + stats.failedHooks + stats.remainingTests,
          skipped: stats.skippedTests,
        }));
      } else if (event.type === 'end') {
        writeFileSync(countsFile ?? '', JSON.stringify(counts));
      }
    }
  }

  return { ...config, nonSemVerExperiments: { observeRunsFromConfig: true }, observeRun };
}
