import { kitErrorWords } from '@tagflow/action-kit';
import { configErrorWords } from '@tagflow/config';
import { dlrnErrorWords } from '@tagflow/dlrn';
import { featuresetErrorWords } from '@tagflow/featureset';
import { httpErrorWords, loginErrorWords } from '@tagflow/http';
import { imagesErrorWords } from '@tagflow/images';
import { ledgerErrorWords } from '@tagflow/ledger';
import { type ErrorWords, modelErrorWords } from '@tagflow/model';
import { ociErrorWords } from '@tagflow/oci';
import { promotionErrorWords } from '@tagflow/promotion';
import { runnerErrorWords } from '@tagflow/runner';
import { statusErrorWords } from '@tagflow/status';
import { storeErrorWords } from '@tagflow/store';
import { handOffErrorWords } from '@tagflow/wiring';
import { looseCodes } from './loose-codes.ts';
import { code, page, table } from './markdown.ts';

/** The codes of one class of errors, or of what has none. */
export interface CodeGroup {
  readonly title: string;
  /** The class that raises them. */
  readonly errors: string;
  readonly words: Readonly<Record<string, ErrorWords>>;
}

/** Every error code that there is. */
export const codeGroups: readonly CodeGroup[] = [
  { title: 'Promotion', errors: 'PromotionError', words: promotionErrorWords },
  { title: 'DLRN', errors: 'DlrnError', words: dlrnErrorWords },
  { title: 'Registries', errors: 'OciError', words: ociErrorWords },
  { title: 'Disk images', errors: 'ImagesError', words: imagesErrorWords },
  { title: 'Stores', errors: 'StoreError', words: storeErrorWords },
  { title: 'Ledger', errors: 'LedgerError', words: ledgerErrorWords },
  { title: 'Jobs and runners', errors: 'RunnerError', words: runnerErrorWords },
  { title: 'GitHub', errors: 'StatusError', words: statusErrorWords },
  { title: 'Featuresets and results', errors: 'FeaturesetError', words: featuresetErrorWords },
  { title: 'Hand-off', errors: 'HandOffError', words: handOffErrorWords },
  { title: 'tagflow.yaml and policy', errors: 'ConfigError', words: configErrorWords },
  { title: 'Hashes, sets and plans as texts', errors: 'ParseError', words: modelErrorWords },
  { title: 'HTTP', errors: 'HttpError', words: httpErrorWords },
  { title: 'Kerberos', errors: 'LoginError', words: loginErrorWords },
  { title: 'Inputs and ends', errors: 'KitError', words: kitErrorWords },
  { title: 'Builds and commands', errors: 'TagflowError', words: looseCodes },
];

/** Returns the page of all error codes. */
export function errorCodesPage(): string {
  return page(
    '# Error codes',
    'The `error` in the JSON on stdout has `code`, `message`, `causes` and `next`: `next` knows more of the case in hand than this page. The same code can come from two parts, so look for it where the message points. The outcome is the usual one, with others behind it; in the middle of a flip any of them may end as `half-done`. `outcome` is what to branch on. [Troubleshooting](../troubleshooting.md) begins with what one sees.',
    ...codeGroups.flatMap(({ title, words }) => [
      `## ${title}`,
      table(
        ['Code', 'Outcome', 'Means', 'What to do'],
        Object.entries(words).map(([name, { outcomes, means, todo }]) => [
          ...[code(name), outcomes.map(code).join(', '), means, todo],
        ]),
      ),
    ]),
  );
}
